/** Reads streams ahead of their readers, into a shared budget of memory. */
import { lendBuffer, returnBuffer } from "../../pool.ts";
import { type ByteStream, CHUNK_SIZE } from "../../stream.ts";

/** A budget of memory for bytes that wait, counted in chunks. */
export interface MemoryBudget {
  /** Takes one chunk's memory as soon as there is some, or when `urgent` resolves. */
  enter(urgent: Promise<void>): Promise<void>;
  /** Gives one chunk's memory back. */
  leave(): void;
}

/** Makes a budget of about so many bytes. */
export function createMemoryBudget(bytes: number): MemoryBudget {
  let free = Math.ceil(bytes / CHUNK_SIZE);
  const waiting = new Set<() => void>();
  return {
    async enter(urgent) {
      if (free <= 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await Promise.race([promise, urgent]);
        waiting.delete(resolve);
      }
      free--;
    },
    leave() {
      if (++free <= 0) return; // an urgent one went over the budget
      const [first] = waiting;
      if (first === undefined) return;
      waiting.delete(first);
      first();
    },
  };
}

/** A stream that is read ahead; one that nobody reads must be stopped. */
export interface AheadStream {
  /** Reads all of it, from its start; once. A failure is thrown after the bytes before it. */
  whole(): ByteStream;
  /** Releases the stream, and what was read of it. */
  stop(): Promise<void>;
  /** The number of its bytes, once it was read to its end before anybody asked for it. */
  readonly size: number | undefined;
}

/** Begins to read a stream, and goes on while the budget lasts, until somebody reads the result. */
export function readAhead(stream: ByteStream, room: MemoryBudget): AheadStream {
  const iterator = stream[Symbol.asyncIterator]();
  const turn = Promise.withResolvers<void>();
  const held = createChunkQueue(room, turn.promise);
  let isItsTurn = false;
  let isDone = false;
  let size: number | undefined;

  const keeping = (async () => {
    while (!isItsTurn && !isDone) {
      const next = await iterator.next();
      if (next.done) [isDone, size] = [true, held.size()];
      else await held.add(next.value);
    }
  })();
  keeping.catch(() => isDone = true); // the reader gets the error
  const begin = (): void => {
    isItsTurn = true;
    turn.resolve();
  };
  const stop = async (): Promise<void> => {
    begin();
    await keeping.catch(() => {});
    held.drop();
    if (!isDone) await iterator.return?.();
    isDone = true;
  };
  const whole = async function* (): ByteStream {
    begin();
    try {
      const failure = await keeping.then(() => undefined, (error) => ({ error }));
      yield* held.chunks();
      if (failure) throw failure.error;
      while (!isDone) {
        const next = await iterator.next();
        if (next.done) isDone = true;
        else yield next.value;
      }
    } finally {
      await stop();
    }
  };
  return {
    whole,
    stop,
    get size() {
      return size;
    },
  };
}

/** A queue of bytes that wait for their reader. */
interface ChunkQueue {
  /** Copies the bytes, when the budget allows it. */
  add(bytes: Uint8Array): Promise<void>;
  size(): number;
  /** Yields all of them; each chunk is good until the next is asked for. */
  chunks(): Iterable<Uint8Array>;
  drop(): void;
}

function createChunkQueue(room: MemoryBudget, urgent: Promise<void>): ChunkQueue {
  const kept: { readonly buffer: Buffer; filled: number }[] = [];
  const release = (buffer: Buffer): void => {
    returnBuffer(buffer);
    room.leave();
  };
  return {
    async add(bytes) {
      for (let at = 0; at < bytes.length;) {
        let last = kept.at(-1);
        if (last === undefined || last.filled === CHUNK_SIZE) {
          await room.enter(urgent);
          kept.push(last = { buffer: lendBuffer(CHUNK_SIZE), filled: 0 });
        }
        const part = bytes.subarray(at, at + CHUNK_SIZE - last.filled);
        last.buffer.set(part, last.filled);
        last.filled += part.length;
        at += part.length;
      }
    },
    size: () => kept.reduce((sum, { filled }) => sum + filled, 0),
    *chunks() {
      for (let first = kept.shift(); first; first = kept.shift()) {
        try {
          yield first.buffer.subarray(0, first.filled);
        } finally {
          release(first.buffer);
        }
      }
    },
    drop() {
      for (const { buffer } of kept.splice(0)) release(buffer);
    },
  };
}
