/** Columns of numbers that grow: a million files fit where a million objects would not. */
import { NixociError } from "../errors.ts";

/** What a column can be made of. */
export type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array | BigInt64Array;

/**
 * The array, or a larger one with the same content, so that it has a place `at`. The memory moves
 * along: what was given is empty afterwards.
 */
export function withRoom<T extends Numbers>(column: T, at: number): T {
  if (at < column.length) return column;
  const length = larger(column.length, at + 1);
  const memory = (column.buffer as ArrayBuffer).transfer(length * column.BYTES_PER_ELEMENT);
  return new (column.constructor as new (memory: ArrayBuffer) => T)(memory);
}

/** A quarter more: with a copy in place of a move, half the memory would be in use at once. */
function larger(length: number, least: number): number {
  return Math.max(least, length + (length >> 2) + 16);
}

/**
 * Holds what is known of an image within bounds that no image needs: a layer of some kilobytes can
 * unpack to headers without end.
 * @throws NixociError `LIMIT`.
 */
export function checkBound(amount: number, most: number, what: string): void {
  if (amount <= most) return;
  throw new NixociError("LIMIT", `there are more than ${most} ${what}`, {
    hint: "the image is malicious or broken; do not use it",
  });
}

/** As many names have ten million files. */
const MOST_TEXT = 256 * 1024 * 1024;

/** Bytes one after another, found again by where they begin and end. */
export class Arena {
  #bytes: Buffer = Buffer.from(new ArrayBuffer(1024));
  #end = 0;

  /** How many bytes are in it: where the next ones begin. */
  get end(): number {
    return this.#end;
  }

  /** The bytes so far, good until more are added. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  add(bytes: Uint8Array): void {
    const end = this.#end + bytes.length;
    checkBound(end, MOST_TEXT, "bytes of names");
    if (end > this.#bytes.length) {
      const memory = this.#bytes.buffer as ArrayBuffer;
      this.#bytes = Buffer.from(memory.transfer(larger(this.#bytes.length, end)));
    }
    this.#bytes.set(bytes, this.#end);
    this.#end = end;
  }
}
