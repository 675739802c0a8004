/** The blocks of one member's headers: pulled from whoever has them, kept for an exact copy. */
import { NixociError } from "../errors.ts";
import { BLOCK, FIELD, padded, textIn } from "./block.ts";
import { decodeName, quoteName } from "./name.ts";

/**
 * Something that reads an archive without knowing where its bytes come from: each number that it
 * yields asks for as many bytes. Getting fewer means that the archive ends there.
 */
export type Parse<T> = Generator<number, T, Uint8Array>;

/** No extended header, long name or sparse map may be larger. */
export const PART_LIMIT = 1024 * 1024;

/** Nor may all that stands before the content of one member. */
const TOTAL_LIMIT = 4 * PART_LIMIT;

export class HeaderBlocks {
  readonly #parts: Buffer[] = [];
  #size = 0;

  /** The number of bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** The next header block; `undefined` where the archive ends instead. */
  *header(): Parse<Buffer | undefined> {
    const bytes = yield BLOCK;
    return bytes.length === 0 ? undefined : this.#keep(bytes, BLOCK);
  }

  /**
   * The content of an extension, without its padding.
   * @throws NixociError `LIMIT`, `MALFORMED` when the archive ends within it.
   */
  *content(size: number, what: string): Parse<Buffer> {
    if (size < 0) throw new NixociError("MALFORMED", `its ${what} has a negative size`);
    if (size > PART_LIMIT || this.#size + size > TOTAL_LIMIT) {
      throw new NixociError("LIMIT", `its ${what} is larger than the ${PART_LIMIT} bytes allowed`);
    }
    const whole = padded(size);
    return this.#keep(yield whole, whole).subarray(0, size);
  }

  /** All blocks so far, as they stand in the archive. */
  bytes(): Buffer {
    return this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts, this.#size);
  }

  /** The name in the last header, for messages. */
  lastName(): string {
    const header = this.#parts.findLast((part) => part.length === BLOCK);
    return header === undefined ? "" : ` ${quoteName(decodeName(textIn(header, FIELD.name)))}`;
  }

  /** A copy: the bytes are ours only until we ask for more. */
  #keep(bytes: Uint8Array, wanted: number): Buffer {
    if (bytes.length < wanted) throw new NixociError("MALFORMED", "the archive is cut short");
    const copy = Buffer.from(bytes);
    this.#parts.push(copy);
    this.#size += wanted;
    return copy;
  }
}
