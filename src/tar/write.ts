/** Writes whole archives: headers, contents, padding and the end. */
import { NixociError } from "../base/errors.ts";
import { type ByteStream, CHUNK_SIZE } from "../bytes/stream.ts";
import { BLOCK, paddedSizeOf, zerosOf } from "./block.ts";
import { encodeHeader } from "./encode.ts";
import { encodeSparseHeader } from "./encode-sparse.ts";
import type { Extent, TarFields } from "./entry.ts";
import { quoteName } from "./name.ts";

export { encodeHeader } from "./encode.ts";
export { patchSize } from "./ustar.ts";

/**
 * A member to write; `data` has exactly `fields.size` bytes, and may be missing when that is 0. It can
 * be bytes in memory, because a stream costs more than a small file does.
 */
export interface TarInput {
  readonly fields: TarFields;
  readonly data?: ByteStream | Uint8Array | undefined;
  /** The extents of a sparse file: `data` has only these, one after another. */
  readonly sparse?: readonly Extent[] | undefined;
}

/** The end of an archive: two blocks of zeros. */
export const END_OF_ARCHIVE: Uint8Array = Buffer.alloc(2 * BLOCK);

/**
 * Returns the zeros between content of that many bytes and the next header: 0 to 511.
 * @example
 * ```ts
 * import { tar } from "nixoci";
 * console.log(tar.paddingOf(500).length); // 12
 * ```
 */
export function paddingOf(size: number): Uint8Array {
  return zerosOf(paddedSizeOf(size) - size);
}

/**
 * Writes a whole archive, including its end. Headers and small contents are joined into large chunks.
 * @param encode makes the headers: `encodeHeader`, or another dialect's.
 * @throws from the stream, NixociError `SIZE` when data is not as long as its size says; what
 * `encodeHeader` throws.
 * @example
 * ```ts
 * import { tar } from "nixoci";
 * const hi = { fields: { path: "hi", size: 2, mode: 0o644 }, data: Buffer.from("hi") };
 * let size = 0;
 * for await (const chunk of tar.writeTar([hi])) size += chunk.length;
 * console.log(size); // 2048
 * ```
 */
export async function* writeTar(
  members: AsyncIterable<TarInput> | Iterable<TarInput>,
  encode: (fields: TarFields) => Uint8Array = encodeHeader,
): ByteStream {
  const batch = new ChunkBatch();
  for await (const { fields, data, sparse } of members) {
    const header = sparse === undefined ? encode(fields) : encodeSparseHeader(fields, sparse);
    if (!batch.add(header)) yield* batch.addOrYield(header);
    const size = sparse === undefined ? fields.size ?? 0 : storedSizeOf(sparse);
    let left = size;
    if (data instanceof Uint8Array) {
      left -= data.length;
      if (left === 0 && !batch.add(data)) yield* batch.addOrYield(data);
    } else if (data !== undefined) {
      for await (const bytes of data) {
        left -= bytes.length;
        if (left < 0) break;
        if (!batch.add(bytes)) yield* batch.addOrYield(bytes);
      }
    }
    if (left !== 0) {
      throw wrongSizeError(fields, size, left < 0 ? `more than ${size}` : `${size - left}`);
    }
    const padding = paddingOf(size);
    if (!batch.add(padding)) yield* batch.addOrYield(padding);
  }
  if (!batch.add(END_OF_ARCHIVE)) yield* batch.addOrYield(END_OF_ARCHIVE);
  yield batch.takeAll();
}

function storedSizeOf(extents: readonly Extent[]): number {
  return extents.reduce((sum, { size }) => sum + size, 0);
}

function wrongSizeError({ path }: TarFields, size: number, got: string): NixociError {
  const name = quoteName(path);
  return new NixociError("SIZE", `${name} should have ${size} bytes, but its data has ${got}`);
}

/** The size from which pieces pass as they are. */
const LARGE = CHUNK_SIZE / 4;

/** A batch of small pieces, joined because each chunk costs time in every stage of a pipeline. */
class ChunkBatch {
  /** There are two, because the reader may still be using the last one. */
  #buffer = Buffer.allocUnsafe(CHUNK_SIZE);
  #other = Buffer.allocUnsafe(CHUNK_SIZE);
  #filled = 0;

  /** Takes a piece in, if it is small and there is room, as there nearly always is. */
  add(piece: Uint8Array): boolean {
    if (piece.length >= LARGE || this.#filled + piece.length > CHUNK_SIZE) return false;
    this.#buffer.set(piece, this.#filled);
    this.#filled += piece.length;
    return true;
  }

  /** Yields what has gathered, and then the piece, or keeps it if it is small. */
  *addOrYield(piece: Uint8Array): Iterable<Uint8Array> {
    if (this.#filled > 0) yield this.takeAll();
    if (!this.add(piece)) yield piece;
  }

  /** Returns what has gathered. */
  takeAll(): Uint8Array {
    const rest = this.#buffer.subarray(0, this.#filled);
    [this.#buffer, this.#other] = [this.#other, this.#buffer];
    this.#filled = 0;
    return rest;
  }
}
