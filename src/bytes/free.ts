/** Frees memory without waiting for the garbage collector. */
import { CHUNK_SIZE } from "./stream.ts";

/**
 * Frees the memory of a large buffer at once; the buffer is empty afterwards. The collector does not
 * see how large buffers are, and lets a stream of them grow the process by some 60 MB. Small buffers
 * are left alone: they may be part of the pool that Node's buffers share.
 */
export function freeBuffer(buffer: Buffer): void {
  const memory = buffer.buffer;
  if (memory instanceof ArrayBuffer && memory.byteLength >= CHUNK_SIZE) memory.transfer(0);
}
