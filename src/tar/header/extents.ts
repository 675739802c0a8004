/**
 * Reads the maps of sparse files, in their four forms.
 * @see https://www.gnu.org/software/tar/manual/html_section/Sparse-Formats.html
 */
import { NixociError } from "../../base/errors.ts";
import { BLOCK, FIELD, readCount } from "../block.ts";
import type { HeaderBlocks, Parse } from "./blocks.ts";
import type { Extent } from "../entry.ts";
import { parseCount, type PaxRecord } from "../pax.ts";

/** The extents of the stored bytes, and the size of the file with its holes. */
export interface SparseMap {
  readonly extents: readonly Extent[];
  readonly realSize: number;
}

/** Reads an old GNU map: four extents in the header itself, and blocks of 21 more while a flag says so. */
export function* readOldMap(header: Buffer, blocks: HeaderBlocks): Parse<SparseMap> {
  const extents: Extent[] = [];
  let more = addOldExtents(extents, header, 386, 4);
  while (more) more = addOldExtents(extents, yield* blocks.content(BLOCK, "sparse map"), 0, 21);
  return { extents, realSize: readCount(header, FIELD.realsize, "size") };
}

/** Adds the extents of one block, and tells whether another block of them follows. */
function addOldExtents(extents: Extent[], block: Buffer, start: number, count: number): boolean {
  const end = start + count * 24;
  const more = block[end] !== 0;
  for (let at = start; at < end; at += 24) {
    if (block[at + 12] === 0) {
      if (more) throw malformedError("goes on after its end");
      break;
    }
    extents.push({
      offset: readCount(block, [at, at + 12], "sparse map"),
      size: readCount(block, [at + 12, at + 24], "sparse map"),
    });
  }
  return more;
}

/** Reads a PAX 1.0 map: a number a line before the content, their count first, in full blocks. */
export function* readLeadingMap(realSize: number, blocks: HeaderBlocks): Parse<SparseMap> {
  const numbers: number[] = [];
  let rest = "";
  for (let wanted = 1; numbers.length < wanted;) {
    const lines = (rest + (yield* blocks.content(BLOCK, "sparse map")).toString("latin1")).split(
      "\n",
    );
    rest = lines.pop()!;
    for (const line of lines) {
      if (numbers.length < wanted) numbers.push(parseCount(line, "sparse map"));
      wanted = 1 + 2 * numbers[0]!;
    }
    if (rest.length > BLOCK) throw malformedError("is not made of lines");
  }
  return { extents: extentsOf(numbers.slice(1)), realSize };
}

/** The records of each PAX form, in the order in which they are written; a name may be among them. */
const FORMS = {
  "0.0": "size numblocks offset numbytes",
  "0.1": "size numblocks map",
  "1.0": "major minor realsize",
};

/**
 * Parses the PAX records of a sparse file: its map, or that a map leads its content (1.0). Records
 * that the form does not have, twice or out of order are refused: GNU tar and Python differ about them.
 */
export function parsePaxSparse(
  records: readonly PaxRecord[],
): SparseMap | { readonly leads: true; readonly realSize: number } | undefined {
  const own = records.filter(([keyword]) => keyword.startsWith(PREFIX));
  if (own.length === 0) return undefined;
  const values = new Map(own.map(([keyword, { text }]) => [keyword.slice(PREFIX.length), text]));
  const form = [...values.keys()].filter((keyword) => keyword !== "name").join(" ");
  if (form === FORMS["1.0"] && values.get("major") === "1" && values.get("minor") === "0") {
    if (own.length > values.size) throw malformedError("is said twice");
    return { leads: true, realSize: parseCount(values.get("realsize")!, "size") };
  }
  if (form !== FORMS["0.0"] && form !== FORMS["0.1"]) throw malformedError("is in no known form");
  const map = values.get("map");
  const numbers = map === undefined ? parseAlternating(own) : parseSeparated(map);
  const repeated = own.length - values.size - (map === undefined ? numbers.length - 2 : 0);
  if (repeated !== 0) throw malformedError("is said twice");
  if (numbers.length !== 2 * parseCount(values.get("numblocks")!, "sparse map")) {
    throw malformedError("has a wrong length");
  }
  return { extents: extentsOf(numbers), realSize: parseCount(values.get("size")!, "size") };
}

const PREFIX = "GNU.sparse.";

/** Parses form 0.0: records that alternate. */
function parseAlternating(records: readonly PaxRecord[]): number[] {
  const numbers: number[] = [];
  for (const [keyword, value] of records) {
    if (keyword !== "GNU.sparse.offset" && keyword !== "GNU.sparse.numbytes") continue;
    const isOffset = keyword === "GNU.sparse.offset";
    if (isOffset !== (numbers.length % 2 === 0)) throw malformedError("is out of order");
    numbers.push(parseCount(value.text, "sparse map"));
  }
  return numbers;
}

/** Parses form 0.1: one record, with commas. */
function parseSeparated(map: string): number[] {
  return map === "" ? [] : map.split(",").map((number) => parseCount(number, "sparse map"));
}

function extentsOf(numbers: readonly number[]): Extent[] {
  const extents: Extent[] = [];
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    extents.push({ offset: numbers[at]!, size: numbers[at + 1]! });
  }
  return extents;
}

/**
 * Checks that the extents are in order, within the file, and just as long as what is stored.
 * @throws NixociError `MALFORMED`.
 */
export function checkExtents({ extents, realSize }: SparseMap, storedSize: number): void {
  let end = 0;
  let stored = 0;
  for (const { offset, size } of extents) {
    if (offset < end) throw malformedError("is out of order");
    end = offset + size;
    stored += size;
  }
  if (!(end <= realSize)) throw malformedError("reaches past the end of the file");
  if (stored !== storedSize) throw malformedError("does not fit what is stored");
}

function malformedError(what: string): NixociError {
  return new NixociError("MALFORMED", `its sparse map ${what}`);
}
