/**
 * Encodes headers of sparse files, in the form that all current readers know: PAX 1.0.
 * @see https://www.gnu.org/software/tar/manual/html_section/Sparse-Formats.html
 */
import { paddedSizeOf } from "./block.ts";
import { encodeHeader } from "./encode.ts";
import type { Extent, TarFields } from "./entry.ts";
import { encodeName } from "./name.ts";

/** The name of the file that readers make if they do not know sparse files; it holds the map, too. */
const STAND_IN = "GNUSparseFile.0/file";

/**
 * Encodes the header of a sparse file, including its map: the content of the extents and `paddingFor`
 * it follow. `fields.size` is that of the file with its holes.
 * @throws what `encodeHeader` throws.
 */
export function encodeSparseHeader(fields: TarFields, extents: readonly Extent[]): Uint8Array {
  const { path, size = 0 } = fields;
  const map = encodeMap(extents, size);
  const stored = extents.reduce((sum, extent) => sum + extent.size, 0);
  const header = encodeHeader(
    { ...fields, path: STAND_IN, size: map.length + stored },
    new Map([
      ["GNU.sparse.major", Buffer.from("1")],
      ["GNU.sparse.minor", Buffer.from("0")],
      ["GNU.sparse.name", encodeName(path)],
      ["GNU.sparse.realsize", Buffer.from(String(size))],
    ]),
  );
  return Buffer.concat([header, map]);
}

/** Encodes the map: a number a line. If the file ends in a hole, an empty extent marks its end. */
function encodeMap(extents: readonly Extent[], size: number): Buffer {
  const last = extents.at(-1);
  const ends = last !== undefined && last.offset + last.size === size;
  const all = ends ? extents : [...extents, { offset: size, size: 0 }];
  const numbers = [all.length, ...all.flatMap((extent) => [extent.offset, extent.size])];
  const text = Buffer.from(numbers.map((number) => `${number}\n`).join(""));
  return Buffer.concat([text], paddedSizeOf(text.length));
}
