/** Expands sparse files: makes the content of the file from the bytes that are stored. */
import { type ByteStream, CHUNK_SIZE } from "../bytes/stream.ts";
import type { Extent, TarEntry } from "./entry.ts";

/**
 * Expands a member's stored content to that of its file, `entry.size` bytes: the stored content
 * itself, when the member is not sparse.
 * @example
 * ```ts
 * import { tar } from "nixoci";
 * const sparse = [{ offset: 2, size: 1 }];
 * const member = { fields: { path: "a", size: 4 }, data: Buffer.from("x"), sparse };
 * for await (const { entry, data } of tar.readTar(tar.writeTar([member]))) {
 *   let size = 0;
 *   for await (const chunk of tar.expandSparse(entry, data)) size += chunk.length;
 *   console.log(size, entry.size); // 4 4
 * }
 * ```
 */
export function expandSparse(
  entry: Pick<TarEntry, "sparse" | "size">,
  stored: ByteStream,
): ByteStream {
  return entry.sparse === undefined ? stored : expandExtents(entry.sparse, entry.size, stored);
}

async function* expandExtents(
  extents: readonly Extent[],
  size: number,
  stored: ByteStream,
): ByteStream {
  const zeros = Buffer.alloc(Math.min(CHUNK_SIZE, size));
  let at = 0;
  let next = 0;
  function* fillHole(end: number): Generator<Uint8Array> {
    for (; at < end; at += Math.min(zeros.length, end - at)) {
      yield zeros.subarray(0, Math.min(zeros.length, end - at));
    }
  }
  for await (const chunk of stored) {
    for (let used = 0; used < chunk.length;) {
      while (extents[next]!.offset + extents[next]!.size <= at) next++;
      yield* fillHole(extents[next]!.offset);
      const extent = extents[next]!;
      const length = Math.min(chunk.length - used, extent.offset + extent.size - at);
      yield chunk.subarray(used, used + length);
      used += length;
      at += length;
    }
  }
  yield* fillHole(size);
}
