/** Writes Zstandard: one frame with a checksum. */
import { constants } from "node:zlib";
import { runPart } from "../codec.ts";
import { joinChunks } from "../rechunk.ts";
import { type ByteStream, drainStream } from "../stream.ts";
import { type Compressor, lendCompressor, returnCompressor } from "./compressors.ts";
import { readFrames } from "./frames.ts";

/**
 * Compresses the stream to one Zstandard frame.
 * @param level 1 to 19.
 */
export async function* compressZstd(stream: ByteStream, level: number): ByteStream {
  const compressor = lendCompressor(level);
  const made = runPart(compressor.engine, () => feedFrame(compressor, stream));
  let isFirst = true;
  // Where a frame ends with node:zlib's buffer, an empty one follows.
  for await (const { bytes } of readFrames(made)) {
    if (isFirst) yield* bytes;
    else await drainStream(bytes);
    isFirst = false;
  }
  returnCompressor(compressor);
}

async function feedFrame({ engine, call }: Compressor, stream: ByteStream): Promise<void> {
  // Each write is awaited, because otherwise the end adds empty frames.
  for await (const chunk of joinChunks(stream)) await call((done) => engine.write(chunk, done));
  await call((done) => engine.flush(constants.ZSTD_e_end, done));
}
