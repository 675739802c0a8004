/**
 * Writes gzip on all cores, as pigz does: blocks are deflated side by side on libuv's threads, and
 * their outputs, each ended by a sync flush, are one deflate stream in one member.
 */
import { availableParallelism } from "node:os";
import { constants, createDeflateRaw } from "node:zlib";
import { freeBuffer } from "../free.ts";
import { type LentBlock, mergeChunks } from "../rechunk.ts";
import type { ByteStream } from "../stream.ts";
import { createTrailer, GZIP_HEADER } from "./member.ts";

/** The size of the blocks. Smaller ones are handed over too often, larger ones cost memory. */
const BLOCK = 1024 * 1024;

/** The size of what comes out of a block at a time: one call to another thread does for most. */
const OUTPUT = BLOCK / 2;

/** The distance that deflate looks back: the last 32 KiB of a block prime the next one. */
const WINDOW = 32 * 1024;

/** An empty last block with fixed codes: ends the deflate stream after any sync flush. */
const END = Uint8Array.of(0x03, 0x00);

/**
 * Compresses the stream to one gzip member. The bytes depend on content, level and zlib only.
 * @param level 1 to 9.
 */
export async function* compressGzip(stream: ByteStream, level: number): ByteStream {
  const sum = createTrailer();
  const deflating: Promise<Buffer[]>[] = [];
  const atOnce = countThreads() + 1;
  let window: Buffer | undefined;
  yield GZIP_HEADER;
  for await (const block of mergeChunks(stream, BLOCK)) {
    deflating.push(compressBlock(block, window, level));
    sum.add(block.bytes);
    window = Buffer.from(block.bytes.subarray(-WINDOW));
    if (deflating.length >= atOnce) yield* streamChunks(await deflating.shift()!);
  }
  for (const block of deflating) yield* streamChunks(await block);
  yield Buffer.concat([END, sum.bytes()]);
}

function* streamChunks(chunks: Buffer[]): Iterable<Buffer> {
  yield* chunks;
  // Only now, because some share their memory.
  chunks.forEach(freeBuffer);
}

/** Counts the threads that can deflate: libuv has four unless the environment says otherwise. */
function countThreads(): number {
  const pool = Number(process.env.UV_THREADPOOL_SIZE) || 4;
  return Math.min(pool, availableParallelism());
}

/** Deflates one block up to a sync flush; `window` is what came before it. */
function compressBlock(
  block: LentBlock,
  window: Buffer | undefined,
  level: number,
): Promise<Buffer[]> {
  // Not zlib.deflateRaw(), because nobody can free its buffers.
  const engine = createDeflateRaw({
    level,
    finishFlush: constants.Z_SYNC_FLUSH,
    memLevel: 9, // a twentieth less time than with 8, for a five-hundredth more bytes
    chunkSize: OUTPUT,
    dictionary: window,
  });
  const chunks: Buffer[] = [];
  const result = new Promise<Buffer[]>((resolve, reject) => {
    engine.on("data", (chunk) => void chunks.push(chunk));
    engine.on("end", () => resolve(chunks));
    engine.on("error", reject);
    engine.end(block.bytes);
  }).finally(() => block.done());
  // It may fail before it is awaited; whatever awaits it later still gets the error.
  result.catch(() => {});
  return result;
}
