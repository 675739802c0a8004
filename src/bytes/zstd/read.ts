/** Reading Zstandard: any number of frames, one decoder each. */
import { createZstdDecompress } from "node:zlib";
import { through, type Write } from "../codec.ts";
import { gather } from "../rechunk.ts";
import { type ByteStream, CHUNK_SIZE } from "../stream.ts";
import { type Frame, frames } from "./frames.ts";
import { malformed } from "./header.ts";

/**
 * What was compressed; checksums are verified where frames have them.
 * @throws from the stream, NixociError `MALFORMED` when it is cut off, corrupt or followed by other
 * bytes, `UNSUPPORTED` when it needs a dictionary, `LIMIT` when it needs more than 128 MiB of window.
 */
export async function* unzstd(stream: ByteStream): ByteStream {
  for await (const { header, bytes } of frames(gather(stream))) {
    const engine = createZstdDecompress({ chunkSize: outputSize(header.contentSize) });
    yield* through(engine, (write) => feed(bytes, write), explain);
  }
}

/** zstd:chunked makes a frame for every file: most are small, and know it. A little room to spare
 * lets the decoder end in the same step. */
function outputSize(contentSize: number | undefined): number {
  return contentSize === undefined ? CHUNK_SIZE : Math.min(contentSize + 64, CHUNK_SIZE);
}

async function feed(bytes: Frame["bytes"], write: Write): Promise<void> {
  for await (const piece of bytes) await write(piece);
}

function explain(error: unknown): Error {
  return malformed(error instanceof Error ? error.message : String(error), error);
}
