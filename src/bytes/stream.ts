/** Byte streams and the few operations on them. */
import { NixociError } from "../base/errors.ts";

/**
 * A stream of bytes that is pulled. Nothing opens before the first `next()`; `return()` releases
 * everything.
 * Chunks may be of any size; their buffers are the consumer's only until the next `next()`.
 */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /**
   * Gives the receiver all the chunks and resolves at the end: what some streams can, instead of
   * being pulled, without a promise for each chunk. Use {@link pourStream}, which can do it with all.
   * @param shelf for streams whose bytes may come out of order; they do not need it.
   */
  pour?(receive: Receiver, shelf?: Shelf): Promise<void>;
}

/**
 * A place for bytes that come before those in front of them, which the receiver lends: the file that
 * they end up in, for example. Nothing there is proved: the receiver gets all bytes, in order.
 */
export interface Shelf {
  /** Keeps bytes, by their position in the stream. */
  keep(bytes: Uint8Array, position: number): void;
  /** Fills the buffer with bytes that have been kept. */
  fetch(into: Uint8Array, position: number): void;
  /** The file that it is, where a thread of its own may keep bytes, too. */
  readonly path?: string;
}

/**
 * Takes a chunk, whose buffer is the receiver's until it returns or, if it returns a promise, until
 * that is resolved; the next comes after that.
 */
export type Receiver = (chunk: Uint8Array) => void | Promise<void>;

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

/**
 * Passes a stream on, and shows each chunk before it goes (to hash it, to count it).
 * @param end is called when all has gone.
 */
export function watchStream(
  stream: ByteStream,
  watch: (chunk: Uint8Array) => void,
  end = (): void => {},
): ByteStream {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const chunk of stream) {
        watch(chunk);
        yield chunk;
      }
      end();
    },
    pour: stream.pour && (async (receive, shelf) => {
      await stream.pour!((chunk) => {
        watch(chunk);
        return receive(chunk);
      }, shelf);
      end();
    }),
  };
}

/** Reads a stream to its end for its effects (hashing, counting) and returns the number of bytes. */
export async function drainStream(stream: ByteStream): Promise<number> {
  let size = 0;
  for await (const chunk of stream) size += chunk.length;
  return size;
}
