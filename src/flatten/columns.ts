/** Columns of numbers that grow: a million files fit where a million objects would not. */

/** What a column can be made of. */
export type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array | BigInt64Array;

/** The array, or one half as large again with the same content, so that it has a place `at`. */
export function withRoom<T extends Numbers>(column: T, at: number): T {
  if (at < column.length) return column;
  const length = Math.max(at + 1, column.length + (column.length >> 1) + 16);
  const larger = new (column.constructor as new (length: number) => T)(length);
  larger.set(column as never);
  return larger;
}

/** Bytes one after another, found again by where they begin and end. */
export class Arena {
  #bytes: Buffer = Buffer.allocUnsafeSlow(1024);
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
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, Math.ceil(this.#bytes.length * 1.5)));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#end);
    this.#end = end;
  }
}
