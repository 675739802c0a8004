/** Reads Zstandard: any number of frames, one decoder each. */
import { createZstdDecompress } from "node:zlib";
import { runCodec, type WriteBytes } from "../codec.ts";
import { joinChunks } from "../rechunk.ts";
import { type ByteStream, CHUNK_SIZE } from "../stream.ts";
import { readFrames, type ZstdFrame } from "./frames.ts";
import { corruptError } from "./header.ts";

/**
 * Decompresses Zstandard; checksums are verified where frames have them.
 * @throws from the stream, NixociError `MALFORMED` when it is cut off, corrupt or followed by other
 * bytes, `UNSUPPORTED` when it needs a dictionary, `LIMIT` when it needs more than 128 MiB of window.
 */
export async function* decompressZstd(stream: ByteStream): ByteStream {
  for await (const { header, bytes } of readFrames(joinChunks(stream))) {
    const engine = createZstdDecompress({ chunkSize: outputSizeOf(header.contentSize) });
    yield* runCodec(engine, (write) => feedFrame(bytes, write), explainError);
  }
}

/**
 * Returns the size of the decoder's buffer. zstd:chunked makes a frame for every file: most are small,
 * and say so. A little spare room lets the decoder end in the same step.
 */
function outputSizeOf(contentSize: number | undefined): number {
  return contentSize === undefined ? CHUNK_SIZE : Math.min(contentSize + 64, CHUNK_SIZE);
}

async function feedFrame(bytes: ZstdFrame["bytes"], write: WriteBytes): Promise<void> {
  for await (const piece of bytes) await write(piece);
}

function explainError(error: unknown): Error {
  return corruptError(error instanceof Error ? error.message : String(error), error);
}
