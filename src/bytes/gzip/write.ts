/**
 * Writing gzip on all cores, as pigz does: blocks are deflated side by side on libuv's threads, and
 * their outputs, each ended by a sync flush, are one deflate stream in one member.
 */
import { availableParallelism } from "node:os";
import { constants, deflateRaw } from "node:zlib";
import { rechunk } from "../rechunk.ts";
import type { ByteStream } from "../stream.ts";
import { HEADER, trailer } from "./member.ts";

/** What one thread deflates at a time. Smaller blocks cost hand-overs, larger ones memory. */
const BLOCK = 1024 * 1024;

/** How far back deflate looks: the last 32 KiB of a block prime the next one. */
const WINDOW = 32 * 1024;

/** An empty last block with fixed codes: ends the deflate stream after any sync flush. */
const END = Uint8Array.of(0x03, 0x00);

/**
 * The stream as one gzip member. The bytes depend on content, level and the runtime's zlib only.
 * @param level 1 to 9.
 */
export async function* gzip(stream: ByteStream, level: number): ByteStream {
  const sum = trailer();
  const deflating: Promise<Buffer>[] = [];
  const atOnce = threads() + 1;
  let previous: Buffer | undefined;
  yield HEADER;
  for await (const block of rechunk(stream, BLOCK)) {
    deflating.push(deflate(block, previous, level));
    sum.add(block);
    previous = block;
    if (deflating.length >= atOnce) yield await deflating.shift()!;
  }
  for (const block of deflating) yield await block;
  yield Buffer.concat([END, sum.bytes()]);
}

/** Threads that can deflate: libuv has four unless it was told otherwise. */
function threads(): number {
  const pool = Number(process.env.UV_THREADPOOL_SIZE) || 4;
  return Math.min(pool, availableParallelism());
}

function deflate(block: Buffer, previous: Buffer | undefined, level: number): Promise<Buffer> {
  const options = {
    level,
    finishFlush: constants.Z_SYNC_FLUSH,
    // Room for the whole output at once: what cannot be compressed grows by 5 bytes in 16 KiB.
    chunkSize: BLOCK + BLOCK / 64,
    ...(previous === undefined ? {} : { dictionary: previous.subarray(-WINDOW) }),
  };
  const result = new Promise<Buffer>((resolve, reject) => {
    deflateRaw(block, options, (error, bytes) => error ? reject(error) : resolve(bytes));
  });
  // It may fail before its turn comes; who awaits it still hears of it.
  result.catch(() => {});
  return result;
}
