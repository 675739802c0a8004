/** Finds where two streams of bytes begin to differ. */
import type { ByteStream } from "../bytes/stream.ts";

/**
 * Finds the first byte that differs, read side by side.
 * @returns its offset, which is the length of the shorter where one is the beginning of the other;
 * `undefined` where they are the same.
 */
export async function findFirstDifference(
  one: ByteStream,
  other: ByteStream,
): Promise<number | undefined> {
  const [left, right] = [one[Symbol.asyncIterator](), other[Symbol.asyncIterator]()];
  let [a, b]: Uint8Array[] = [NOTHING, NOTHING];
  let offset = 0;
  try {
    for (;;) {
      if (a!.length === 0) a = await takeChunk(left);
      if (b!.length === 0) b = await takeChunk(right);
      if (a === undefined || b === undefined) return a === b ? undefined : offset;
      const length = Math.min(a.length, b.length);
      const at = findInChunks(a.subarray(0, length), b.subarray(0, length));
      if (at !== undefined) return offset + at;
      [a, b, offset] = [a.subarray(length), b.subarray(length), offset + length];
    }
  } finally {
    await left.return?.();
    await right.return?.();
  }
}

const NOTHING = new Uint8Array();

/** Returns the next chunk that has bytes. */
async function takeChunk(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  for (;;) {
    const { done, value } = await chunks.next();
    if (done) return undefined;
    if (value.length > 0) return value;
  }
}

function findInChunks(a: Uint8Array, b: Uint8Array): number | undefined {
  if (Buffer.compare(a, b) === 0) return undefined;
  return a.findIndex((byte, i) => byte !== b[i]);
}
