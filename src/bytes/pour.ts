/** Streams that give their chunks to a receiver, and streams that are made of such a way of giving. */
import type { ByteStream, Receiver, Shelf } from "./stream.ts";

/**
 * Gives all chunks of a stream to the receiver, in the fastest way that the stream has.
 * @throws what the stream throws, and what the receiver throws: the same error, of which those
 * between the two hear no more than that there is one, so that nobody takes it for the stream's.
 */
export async function pourStream(
  stream: ByteStream,
  receive: Receiver,
  shelf?: Shelf,
): Promise<void> {
  if (stream.pour) return await pourThrough(stream.pour, receive, shelf);
  for await (const chunk of stream) await receive(chunk);
}

async function pourThrough(
  pour: Pour,
  receive: Receiver,
  shelf: Shelf | undefined,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): never => {
    failure = { error };
    throw RECEIVER_FAILED;
  };
  const run = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      return fail(error);
    }
  };
  const guarded = shelf && {
    ...shelf.path !== undefined && { path: shelf.path },
    keep: (bytes: Uint8Array, position: number) => run(() => shelf.keep(bytes, position)),
    fetch: (into: Uint8Array, position: number) => run(() => shelf.fetch(into, position)),
  };
  try {
    await pour((chunk) => run(() => receive(chunk)?.catch(fail)), guarded);
  } catch (error) {
    throw failure === undefined ? error : failure.error;
  }
}

/** The error that a stream hears of when its receiver has failed: it is nothing to retry or explain. */
export const RECEIVER_FAILED = new Error("the receiver failed");

/** Passes a stream on; what it fails of becomes what `explain` returns. */
export function explainStream(
  stream: ByteStream,
  explain: (error: unknown) => unknown,
): ByteStream {
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* stream;
      } catch (error) {
        throw await explain(error);
      }
    },
    pour: stream.pour && ((receive, shelf) =>
      stream.pour!(receive, shelf).catch(async (error) => {
        throw error === RECEIVER_FAILED ? error : await explain(error);
      })),
  };
}

/** Gives the bytes of what is opened when they are first asked for; it is disposed of afterwards. */
export function streamFrom<T extends AsyncDisposable>(
  open: () => Promise<T>,
  read: (opened: T) => ByteStream,
): ByteStream {
  return {
    async *[Symbol.asyncIterator]() {
      const opened = await open();
      try {
        yield* read(opened);
      } finally {
        await opened[Symbol.asyncDispose]();
      }
    },
    async pour(receive, shelf) {
      const opened = await open();
      try {
        await pourStream(read(opened), receive, shelf);
      } finally {
        await opened[Symbol.asyncDispose]();
      }
    },
  };
}

/** A way of giving chunks: it begins when it is called, and is over when the promise is. */
export type Pour = (receive: Receiver, shelf?: Shelf) => Promise<void>;

/** Makes a stream of a way of giving chunks; one who pulls it has the giver wait for each chunk. */
export function streamPour(pour: Pour): ByteStream {
  return { pour, [Symbol.asyncIterator]: () => pullPour(pour) };
}

async function* pullPour(pour: Pour): AsyncGenerator<Uint8Array> {
  let given = createSlot<Uint8Array | undefined>();
  let taken = createSlot<void>();
  const over = pour((chunk) => {
    given.resolve(chunk);
    return taken.promise;
  }).then(() => given.resolve(undefined), (error) => given.reject(error));
  try {
    for (;;) {
      const chunk = await given.promise;
      if (chunk === undefined) return;
      given = createSlot();
      yield chunk;
      const last = taken;
      taken = createSlot();
      last.resolve();
    }
  } finally {
    taken.reject(new Error("it was not read to its end"));
    await over;
  }
}

/** Makes a promise to be settled later, of which nobody need hear. */
function createSlot<T>(): PromiseWithResolvers<T> {
  const slot = Promise.withResolvers<T>();
  slot.promise.catch(() => {});
  return slot;
}
