/** Runs the codecs of `node:zlib` with bounded memory, and releases everything at the end. */
import type { Transform } from "node:stream";
import { freeBuffer } from "./free.ts";
import type { ByteStream } from "./stream.ts";

/** Gives a codec bytes; resolves when it has taken them in, and the buffer is free again. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/** Runs a call of a codec's that takes a callback. Rejects where that may never be called. */
export type CallCodec = (call: (done: (error?: Error | null) => void) => void) => Promise<void>;

/** The error of a pending call when the codec failed or the reader left. */
const GONE = new Error("the codec takes no more bytes");

/**
 * Yields what comes out of a codec while `feed` puts bytes in. The codec works on its own thread (on
 * Node) while the reader uses the last chunk; it waits when the reader is slow. An error of the feed
 * is thrown as it is, an error of the codec as `explain` returns it.
 */
export async function* runCodec(
  engine: Transform,
  feed: (write: WriteBytes) => Promise<void>,
  explain: (error: unknown) => unknown,
): ByteStream {
  const call = createCaller(engine);
  const write: WriteBytes = (bytes) => call((done) => engine.write(bytes, done));
  let failure: { error: unknown } | undefined;
  const feeding = feed(write).then(
    () => void engine.end(),
    (error) => {
      if (error !== GONE) failure = { error };
      engine.destroy();
    },
  );
  try {
    for await (const chunk of engine) {
      yield chunk;
      freeWhole(chunk);
    }
  } catch (error) {
    throw failure === undefined ? explain(error) : failure.error;
  } finally {
    engine.destroy();
    await feeding;
  }
  // A feed may fail after the codec's last byte: bytes that follow the end.
  if (failure !== undefined) throw (failure as { error: unknown }).error;
}

/**
 * Does the same with a codec that goes on to live: all comes out of it that has come when the feed
 * is done. Where that fails, or the reader leaves, the codec is destroyed.
 */
export async function* runPart(engine: Transform, feed: () => Promise<void>): ByteStream {
  let wake = (): void => {};
  const onReadable = (): void => wake();
  engine.on("readable", onReadable);
  let fed = false;
  const feeding = feed().catch((error) => {
    throw engine.errored ?? error;
  }).finally(() => {
    fed = true;
    wake();
  });
  feeding.catch(() => {}); // it is awaited when all has come out
  let isWhole = false;
  try {
    while (true) {
      const chunk: Buffer | null = engine.read();
      if (chunk !== null) {
        yield chunk;
        freeWhole(chunk);
      } else if (fed) break;
      else await new Promise<void>((resolve) => wake = resolve);
    }
    await feeding;
    isWhole = true;
  } finally {
    engine.off("readable", onReadable);
    if (!isWhole) engine.destroy();
    await feeding.catch(() => {});
  }
}

/** Frees a chunk's memory where the chunk ends it: if not, the codec goes on to fill the rest. */
function freeWhole(chunk: Buffer): void {
  if (chunk.byteOffset + chunk.length === chunk.buffer.byteLength) freeBuffer(chunk);
}

/** Makes the function that calls a codec, once for each codec; one call at a time. */
export function createCaller(engine: Transform): CallCodec {
  let abandon = () => {};
  // A codec that fails or is destroyed may never call the callback of its write.
  engine.on("error", () => abandon());
  engine.on("close", () => abandon());
  return (call) =>
    new Promise((resolve, reject) => {
      abandon = () => reject(GONE);
      call((error) => error ? reject(GONE) : resolve());
    });
}
