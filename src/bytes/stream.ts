/** Byte streams and the few operations on them. */
import { NixociError } from "../base/errors.ts";

/**
 * A stream of bytes that is pulled. Nothing opens before the first `next()`; `return()` releases
 * everything.
 * Chunks may be of any size; their buffers are the consumer's only until the next `next()`.
 */
export type ByteStream = AsyncIterable<Uint8Array>;

/** The size of the chunks that move fastest on the machines that we measured: 256 KiB. */
export const CHUNK_SIZE = 256 * 1024;

/**
 * Reads the whole of a small stream.
 * @param limit in bytes.
 * @param what names the stream in the error.
 * @throws NixociError `LIMIT` when it is larger.
 */
export async function collectStream(
  stream: ByteStream,
  limit: number,
  what: string,
): Promise<Buffer> {
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

/** Makes a stream of chunks that are in memory already. */
export async function* streamBytes(...chunks: Uint8Array[]): ByteStream {
  yield* chunks;
}

/** Passes a stream on, and shows each chunk before it goes (to hash it, to count it). */
export async function* watchStream(
  stream: ByteStream,
  watch: (chunk: Uint8Array) => void,
): ByteStream {
  for await (const chunk of stream) {
    watch(chunk);
    yield chunk;
  }
}

/** Reads a stream to its end for its effects (hashing, counting) and returns the number of bytes. */
export async function drainStream(stream: ByteStream): Promise<number> {
  let size = 0;
  for await (const chunk of stream) size += chunk.length;
  return size;
}

/** Gives the bytes of what is opened when they are first asked for; it is disposed of afterwards. */
export async function* streamFrom<T extends AsyncDisposable>(
  open: () => Promise<T>,
  read: (opened: T) => ByteStream,
): ByteStream {
  const opened = await open();
  try {
    yield* read(opened);
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}
