/** Pulled bytes and the few things that one does with them. */
import { NixociError } from "../base/errors.ts";

/**
 * Bytes, pulled. Nothing opens before the first `next()`; `return()` releases everything.
 * Chunks may be of any size; their buffers are the consumer's only until the next `next()`.
 */
export type ByteStream = AsyncIterable<Uint8Array>;

/** The size of chunk that moves fastest on the machines we measured: 256 KiB. */
export const CHUNK_SIZE = 256 * 1024;

/** The whole of a small stream, refusing to grow past `limit` bytes. */
export async function collect(stream: ByteStream, limit: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) {
      throw new NixociError("LIMIT", `${what} is larger than the ${limit} bytes allowed`);
    }
    chunks.push(Uint8Array.prototype.slice.call(chunk));
  }
  return Buffer.concat(chunks, size);
}

/** A stream of chunks that are in memory already. */
export async function* fromBytes(...chunks: Uint8Array[]): ByteStream {
  yield* chunks;
}

/** Reads a stream to its end for its effects (hashing, counting); the number of bytes. */
export async function drain(stream: ByteStream): Promise<number> {
  let size = 0;
  for await (const chunk of stream) size += chunk.length;
  return size;
}
