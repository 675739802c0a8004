/**
 * A pool of buffers that are used again. A fresh one for each file would wait for the garbage
 * collector, which does not see how large it is: hundreds of layers would hold hundreds of megabytes.
 */

/** The number of buffers of a size that are kept: as many as are in use while a dozen blobs move. */
const KEPT = 24;

const spare = new Map<number, Buffer[]>();

/** Lends a buffer of that size, with any content. */
export function lendBuffer(size: number): Buffer {
  return spare.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
}

/** Takes a buffer back. Nobody may read or write it any more. */
export function returnBuffer(buffer: Buffer): void {
  const kept = spare.get(buffer.length) ?? [];
  spare.set(buffer.length, kept);
  if (kept.length < KEPT) kept.push(buffer);
}
