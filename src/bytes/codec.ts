/** Runs the codecs of `node:zlib` with bounded memory, and releases everything at the end. */
import type { Transform } from "node:stream";
import { freeBuffer } from "./free.ts";
import type { ByteStream } from "./stream.ts";

/** Gives a codec bytes; resolves when it has taken them in, and the buffer is free again. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/** The error of a pending write when the codec failed or the reader left. */
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
  let failure: { error: unknown } | undefined;
  const feeding = feed(createWriter(engine)).then(
    () => void engine.end(),
    (error) => {
      if (error !== GONE) failure = { error };
      engine.destroy();
    },
  );
  try {
    for await (const chunk of engine) {
      yield chunk;
      if (isWhole(chunk)) freeBuffer(chunk);
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

/** Tells whether the chunk ends its memory: if not, the codec goes on to fill the rest. */
function isWhole(chunk: Buffer): boolean {
  return chunk.byteOffset + chunk.length === chunk.buffer.byteLength;
}

function createWriter(engine: Transform): WriteBytes {
  let abandon = () => {};
  // A codec that fails or is destroyed may never call the callback of its write.
  engine.on("error", () => abandon());
  engine.on("close", () => abandon());
  return (bytes) =>
    new Promise((resolve, reject) => {
      abandon = () => reject(GONE);
      engine.write(bytes, (error) => error ? reject(GONE) : resolve());
    });
}
