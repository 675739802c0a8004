/** Writes gzip with the same bytes on every runtime: deflate in JavaScript, slow, one thread. */
import { setImmediate } from "node:timers/promises";
import { mergeChunks } from "../rechunk.ts";
import type { ByteStream } from "../stream.ts";
import { createTrailer, GZIP_HEADER } from "./member.ts";

/** The size of the blocks for fflate, whose output depends on the way its input is cut. */
const BLOCK = 256 * 1024;

/**
 * Compresses the stream to one gzip member, whose bytes depend on content and level only.
 * @param level 1 to 9.
 */
export async function* compressGzipPortable(stream: ByteStream, level: number): ByteStream {
  const { Deflate } = await import("fflate");
  const sum = createTrailer();
  const made: Uint8Array[] = [];
  const deflate = new Deflate({ level: level as 6, mem: 8 }, (bytes) => void made.push(bytes));
  yield GZIP_HEADER;
  for await (const block of mergeChunks(stream, BLOCK)) {
    sum.add(block.bytes);
    deflate.push(block.bytes);
    block.done(); // fflate has a copy
    yield* made.splice(0);
    // A block takes some 10 ms: let timers and signals run.
    await setImmediate();
  }
  deflate.push(new Uint8Array(0), true);
  yield* made;
  yield sum.bytes();
}
