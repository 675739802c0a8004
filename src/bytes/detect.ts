/** Tells what bytes are compressed with, from their first bytes and never from a name. */
import type { ByteStream } from "./stream.ts";

/** The compressions that we read and write. */
export type Compression = "none" | "gzip" | "zstd";

/** The number of bytes that {@link detectCompression} looks at. */
export const HEAD_SIZE = 6;

/**
 * Returns the compression that the first bytes show by their magic number; `none` when they show
 * none. Six bytes are enough. `bzip2` and `xz` are left to programs, by `unpackStream`.
 * @see https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 */
export function detectCompression(head: Uint8Array): Compression | "bzip2" | "xz" {
  const starts = (...magic: number[]) => magic.every((byte, i) => head[i] === byte);
  if (starts(0x1f, 0x8b)) return "gzip";
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  // A skippable frame, 0x184D2A50 to 0x184D2A5F little-endian: zstd:chunked and pzstd begin so.
  if ((head[0]! & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) {
    return "zstd";
  }
  if (starts(0x42, 0x5a, 0x68)) return "bzip2";
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return "xz";
  return "none";
}

/** A stream whose first bytes have been looked at. */
export interface PeekedStream {
  /** As many of its first bytes as were asked for; fewer only when the stream has no more. */
  readonly head: Uint8Array;
  /** The whole stream, head included, for one reader. Dispose of it if you do not read it. */
  readonly stream: ByteStream & AsyncDisposable;
}

/**
 * Looks at the first `n` bytes of a stream without taking them away. It opens the stream given,
 * which nobody else may read; leaving or disposing of the stream returned releases it.
 */
export async function peekStream(stream: ByteStream, n: number): Promise<PeekedStream> {
  const source = stream[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < n) {
    // Mostly one chunk is enough, and is not copied; asking for another takes its buffer away.
    const held = Buffer.from(head);
    const next = await source.next();
    if (next.done) {
      head = held;
      break;
    }
    head = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
  }
  const release = async () => void await source.return?.();
  return { head: head.subarray(0, n), stream: resumeStream(head, source, release) };
}

function resumeStream(
  head: Uint8Array,
  source: AsyncIterator<Uint8Array>,
  release: () => Promise<void>,
): ByteStream & AsyncDisposable {
  let begun = head.length === 0;
  // Not a generator: return() on a generator that has not started would never reach a finally.
  const iterator: AsyncIterator<Uint8Array> = {
    next() {
      if (begun) return source.next();
      begun = true;
      return Promise.resolve({ done: false, value: head });
    },
    async return() {
      await release();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator, [Symbol.asyncDispose]: release };
}
