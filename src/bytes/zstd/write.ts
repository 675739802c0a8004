/** Writes Zstandard: one frame with a checksum. */
import { constants, createZstdCompress } from "node:zlib";
import { runCodec } from "../codec.ts";
import { joinChunks } from "../rechunk.ts";
import { type ByteStream, CHUNK_SIZE } from "../stream.ts";

/**
 * Compresses the stream to one Zstandard frame.
 * @param level 1 to 19.
 */
export async function* compressZstd(stream: ByteStream, level: number): ByteStream {
  const engine = createZstdCompress({
    chunkSize: CHUNK_SIZE,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: 1,
      // Never ZSTD_c_nbWorkers: node:zlib corrupts the output with it.
    },
  });
  yield* runCodec(
    engine,
    // Each write is awaited, because otherwise end() adds empty frames.
    async (write) => {
      for await (const chunk of joinChunks(stream)) await write(chunk);
    },
    (error) => error,
  );
}
