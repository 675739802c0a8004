/**
 * The maps of sparse files, in their four forms.
 * @see https://www.gnu.org/software/tar/manual/html_section/Sparse-Formats.html
 */
import { NixociError } from "../base/errors.ts";
import { BLOCK, countIn, FIELD } from "./block.ts";
import type { HeaderBlocks, Parse } from "./blocks.ts";
import type { Extent } from "./entry.ts";
import { countOf, type PaxRecord } from "./pax.ts";

/** Where the stored bytes belong, and the size of the file with its holes. */
export interface SparseMap {
  readonly extents: readonly Extent[];
  readonly realSize: number;
}

/** Old GNU: four extents in the header itself, and blocks of 21 more while a flag says so. */
export function* oldMap(header: Buffer, blocks: HeaderBlocks): Parse<SparseMap> {
  const extents: Extent[] = [];
  let more = addOld(extents, header, 386, 4);
  while (more) more = addOld(extents, yield* blocks.content(BLOCK, "sparse map"), 0, 21);
  return { extents, realSize: countIn(header, FIELD.realsize, "size") };
}

/** Adds the extents of one block; whether another block of them follows. */
function addOld(extents: Extent[], block: Buffer, start: number, count: number): boolean {
  const end = start + count * 24;
  const more = block[end] !== 0;
  for (let at = start; at < end; at += 24) {
    if (block[at + 12] === 0) {
      if (more) throw malformed("goes on after its end");
      break;
    }
    extents.push({
      offset: countIn(block, [at, at + 12], "sparse map"),
      size: countIn(block, [at + 12, at + 24], "sparse map"),
    });
  }
  return more;
}

/** PAX 1.0: numbers on lines of their own before the content, their count first, to full blocks. */
export function* leadingMap(realSize: number, blocks: HeaderBlocks): Parse<SparseMap> {
  const numbers: number[] = [];
  let rest = "";
  for (let wanted = 1; numbers.length < wanted;) {
    const lines = (rest + (yield* blocks.content(BLOCK, "sparse map")).toString("latin1")).split(
      "\n",
    );
    rest = lines.pop()!;
    for (const line of lines) {
      if (numbers.length < wanted) numbers.push(countOf(line, "sparse map"));
      wanted = 1 + 2 * numbers[0]!;
    }
    if (rest.length > BLOCK) throw malformed("is not made of lines");
  }
  return { extents: inPairs(numbers.slice(1)), realSize };
}

/** The records of each PAX form, in the order in which they are written; a name may be between. */
const FORMS = {
  "0.0": "size numblocks offset numbytes",
  "0.1": "size numblocks map",
  "1.0": "major minor realsize",
};

/**
 * What PAX records say of a sparse file: its map, or that a map leads its content (1.0). No more
 * records than a form has, none twice, none out of order: GNU tar and Python differ in what counts.
 */
export function paxSparse(
  records: readonly PaxRecord[],
): SparseMap | { readonly leads: true; readonly realSize: number } | undefined {
  const own = records.filter(([keyword]) => keyword.startsWith(PREFIX));
  if (own.length === 0) return undefined;
  const values = new Map(own.map(([keyword, { text }]) => [keyword.slice(PREFIX.length), text]));
  const form = [...values.keys()].filter((keyword) => keyword !== "name").join(" ");
  if (form === FORMS["1.0"] && values.get("major") === "1" && values.get("minor") === "0") {
    if (own.length > values.size) throw malformed("is said twice");
    return { leads: true, realSize: countOf(values.get("realsize")!, "size") };
  }
  if (form !== FORMS["0.0"] && form !== FORMS["0.1"]) throw malformed("is in no known form");
  const map = values.get("map");
  const numbers = map === undefined ? alternating(own) : separated(map);
  const repeated = own.length - values.size - (map === undefined ? numbers.length - 2 : 0);
  if (repeated !== 0) throw malformed("is said twice");
  if (numbers.length !== 2 * countOf(values.get("numblocks")!, "sparse map")) {
    throw malformed("has a wrong length");
  }
  return { extents: inPairs(numbers), realSize: countOf(values.get("size")!, "size") };
}

const PREFIX = "GNU.sparse.";

/** 0.0: records that alternate. */
function alternating(records: readonly PaxRecord[]): number[] {
  const numbers: number[] = [];
  for (const [keyword, value] of records) {
    if (keyword !== "GNU.sparse.offset" && keyword !== "GNU.sparse.numbytes") continue;
    const isOffset = keyword === "GNU.sparse.offset";
    if (isOffset !== (numbers.length % 2 === 0)) throw malformed("is out of order");
    numbers.push(countOf(value.text, "sparse map"));
  }
  return numbers;
}

/** 0.1: one record, with commas. */
function separated(map: string): number[] {
  return map === "" ? [] : map.split(",").map((number) => countOf(number, "sparse map"));
}

function inPairs(numbers: readonly number[]): Extent[] {
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
    if (offset < end) throw malformed("is out of order");
    end = offset + size;
    stored += size;
  }
  if (!(end <= realSize)) throw malformed("reaches past the end of the file");
  if (stored !== storedSize) throw malformed("does not fit what is stored");
}

function malformed(what: string): NixociError {
  return new NixociError("MALFORMED", `its sparse map ${what}`);
}
