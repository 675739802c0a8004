/** Columns of numbers that grow: a million files fit where a million objects would not. */
import { NixociError } from "../../base/errors.ts";

/** An array that a column can be made of. */
type NumberArray = Uint8Array | Uint16Array | Uint32Array | Float64Array | BigInt64Array;

/**
 * Returns the array, or a larger one with the same content, so that it has a place `at`. The memory
 * moves along: the old array is empty afterwards. For columns that are short in most images; see
 * {@link Column}.
 */
export function makeRoom<T extends NumberArray>(column: T, at: number): T {
  if (at < column.length) return column;
  const length = Math.max(at + 1, column.length + (column.length >> 2) + 16);
  const memory = (column.buffer as ArrayBuffer).transfer(length * column.BYTES_PER_ELEMENT);
  return new (column.constructor as new (memory: ArrayBuffer) => T)(memory);
}

const PAGE_BITS = 14;
const PAGE = 1 << PAGE_BITS;

type ColumnPage = Uint16Array | Uint32Array | Float64Array;

/**
 * Numbers by place, in pages that stay where they are: memory that moves whenever it grows leaves
 * holes behind that nothing else fits into.
 */
export class Column {
  readonly #kind: new (length: number) => ColumnPage;
  readonly #pages: ColumnPage[];

  constructor(kind: new (length: number) => ColumnPage) {
    this.#kind = kind;
    this.#pages = [new kind(PAGE)];
  }

  /** Makes room for the place and all before it; what is new is 0. */
  reserve(at: number): void {
    while (at >>> PAGE_BITS >= this.#pages.length) this.#pages.push(new this.#kind(PAGE));
  }

  /** Returns the number at a place that has room. */
  get(at: number): number {
    return this.#pages[at >>> PAGE_BITS]![at & (PAGE - 1)]!;
  }

  set(at: number, value: number): void {
    this.#pages[at >>> PAGE_BITS]![at & (PAGE - 1)] = value;
  }
}

/**
 * Keeps memory within bounds that no image needs: a layer of some kilobytes can unpack to headers
 * without end.
 * @throws NixociError `LIMIT`.
 */
export function checkBound(amount: number, most: number, what: string): void {
  if (amount <= most) return;
  throw new NixociError("LIMIT", `there are more than ${most} ${what}`, {
    hint: "the image is malicious or broken; do not use it",
  });
}

/** The most bytes of names: those of ten million files. */
const MOST_TEXT = 256 * 1024 * 1024;

const SHEET_BITS = 21;
const SHEET = 1 << SHEET_BITS;

/** Bytes by the numbers that `add` returns, on sheets that stay where they are. */
export class Arena {
  readonly #sheets: { readonly bytes: Buffer; used: number }[] = [];
  #size = 0;

  /** Adds bytes, all of them on one sheet, and returns the number by which they are found. */
  add(bytes: Uint8Array): number {
    checkBound(this.#size += bytes.length, MOST_TEXT, "bytes of names");
    let last = this.#sheets.at(-1);
    if (last === undefined || last.used >= SHEET || last.used + bytes.length > last.bytes.length) {
      last = { bytes: Buffer.allocUnsafeSlow(Math.max(SHEET, bytes.length)), used: 0 };
      this.#sheets.push(last);
    }
    const start = last.used;
    last.bytes.set(bytes, start);
    last.used += bytes.length;
    return (this.#sheets.length - 1) * SHEET + start;
  }

  /** Returns the sheet that the bytes are on. */
  sheetOf(number: number): Buffer {
    return this.#sheets[number >>> SHEET_BITS]!.bytes;
  }

  /** Returns the place on their sheet where they begin. */
  startOf(number: number): number {
    return number & (SHEET - 1);
  }

  /**
   * Returns the place where they end.
   * @param next the number of what was added after them, if
   * anything was.
   */
  endOf(number: number, next: number | undefined): number {
    const sheet = number >>> SHEET_BITS;
    const isLast = next === undefined || next >>> SHEET_BITS !== sheet;
    return isLast ? this.#sheets[sheet]!.used : this.startOf(next);
  }
}
