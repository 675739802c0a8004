/** The engines of `node:zlib`, driven so that they stay bounded and let go of everything. */
import type { Transform } from "node:stream";
import { free } from "./free.ts";
import type { ByteStream } from "./stream.ts";

/** Gives an engine bytes; resolves when it has taken them in, and the buffer is free again. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/** What a pending write fails with when the engine broke or the reader left. */
const GONE = new Error("the engine takes no more bytes");

/**
 * What comes out of an engine while `feedReader` puts bytes in. The engine works on its own thread (on
 * Node) while the reader uses the last chunk; it waits when the reader is slow. An error of the feed
 * comes out as it is, an error of the engine as `explainError` puts it.
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
      if (isWhole(chunk)) free(chunk);
    }
  } catch (error) {
    throw failure === undefined ? explain(error) : failure.error;
  } finally {
    engine.destroy();
    await feeding;
  }
  // A feed may fail after the engine's last byte: bytes that follow the end.
  if (failure !== undefined) throw (failure as { error: unknown }).error;
}

/** Whether the chunk ends its memory: if not, the engine fills the rest, and has more use for it. */
function isWhole(chunk: Buffer): boolean {
  return chunk.byteOffset + chunk.length === chunk.buffer.byteLength;
}

function createWriter(engine: Transform): WriteBytes {
  let abandon = () => {};
  // An engine that fails or is destroyed may leave the callback of its write uncalled for ever.
  engine.on("error", () => abandon());
  engine.on("close", () => abandon());
  return (bytes) =>
    new Promise((resolve, reject) => {
      abandon = () => reject(GONE);
      engine.write(bytes, (error) => error ? reject(GONE) : resolve());
    });
}
