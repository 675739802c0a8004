/** Cuts streams into chunks of another size: the same bytes, as the reader needs them. */
import { lendBuffer, returnBuffer } from "./pool.ts";
import type { ByteStream } from "./stream.ts";

/** A block of bytes that the reader may use until it calls `done`. */
export interface LentBlock {
  readonly bytes: Buffer;
  /** Gives the buffer back, to be filled again: nobody may read the bytes any more. */
  done(): void;
}

/** Cuts the stream into blocks of exactly `size` bytes; the last one may be shorter. */
export async function* mergeChunks(stream: ByteStream, size: number): AsyncIterable<LentBlock> {
  let block: Buffer | undefined;
  let filled = 0;
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) {
      block ??= lendBuffer(size);
      const count = Math.min(size - filled, chunk.length - at);
      block.set(chunk.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled < size) continue;
      yield blockOf(block, size);
      block = undefined;
      filled = 0;
    }
  }
  if (block !== undefined) yield blockOf(block, filled);
}

function blockOf(buffer: Buffer, filled: number): LentBlock {
  return { bytes: buffer.subarray(0, filled), done: () => returnBuffer(buffer) };
}

/** Passes a stream on without its first bytes. */
export function skipBytes(stream: ByteStream, bytes: number): ByteStream {
  if (bytes === 0) return stream;
  const beginCut = () => {
    let left = bytes;
    return (chunk: Uint8Array): Uint8Array => {
      const part = chunk.subarray(left);
      left -= chunk.length - part.length;
      return part;
    };
  };
  return {
    async *[Symbol.asyncIterator]() {
      const cut = beginCut();
      for await (const chunk of stream) {
        const part = cut(chunk);
        if (part.length > 0) yield part;
      }
    },
    pour: stream.pour && ((receive) => {
      const cut = beginCut();
      return stream.pour!((chunk) => {
        const part = cut(chunk);
        if (part.length > 0) return receive(part);
      });
    }),
  };
}

/** The size up to which {@link joinChunks} collects small chunks. */
const GATHERED = 128 * 1024;

/**
 * Joins the small chunks of a stream, for readers that pay for each chunk: a network gives 16 KiB at
 * a time. Large chunks pass as they are; none is empty.
 */
export async function* joinChunks(stream: ByteStream): ByteStream {
  let held: Buffer | undefined;
  let filled = 0;
  for await (const chunk of stream) {
    if (filled + chunk.length > GATHERED && filled > 0) {
      yield held!.subarray(0, filled);
      filled = 0;
    }
    if (chunk.length >= GATHERED / 2 && filled === 0) {
      yield chunk;
    } else if (chunk.length > 0) {
      held ??= Buffer.allocUnsafeSlow(GATHERED);
      held.set(chunk, filled);
      filled += chunk.length;
    }
  }
  if (filled > 0) yield held!.subarray(0, filled);
}
