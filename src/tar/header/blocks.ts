/** Collects the blocks of one member's headers, and keeps them for an exact copy. */
import { NixociError } from "../../base/errors.ts";
import { BLOCK, FIELD, isZero, paddedSizeOf, readText } from "../block.ts";
import { decodeName } from "../name.ts";

/**
 * A parser that does not know where the archive's bytes come from: each number that it yields asks
 * for as many bytes. If it gets fewer, the archive ends there.
 */
export type Parse<T> = Generator<number, T, Uint8Array>;

/** The limit of an extended header or long name. */
const PART_LIMIT = 1024 * 1024;

/** The limit of everything before the content of one member, including a sparse map. */
const TOTAL_LIMIT = 4 * PART_LIMIT;

/** The blocks before one member's content, as far as they are read. */
export class HeaderBlocks {
  readonly #parts: Buffer[] = [];
  #header: Buffer | undefined;
  #size = 0;

  /** The number of bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Adds the next header block; `undefined` where the archive ends instead. */
  addHeader(bytes: Uint8Array): Buffer | undefined {
    if (bytes.length === 0) return undefined;
    return this.#header = this.#keep(bytes, BLOCK);
  }

  /**
   * Reads the content of an extension, without its padding. That must be zeros, because GNU tar or
   * Python would go on to read anything else.
   * @throws NixociError `LIMIT`, `MALFORMED` when the archive ends within it.
   */
  *content(size: number, what: string): Parse<Buffer> {
    if (size > PART_LIMIT) {
      throw new NixociError("LIMIT", `its ${what} is larger than the ${PART_LIMIT} bytes allowed`);
    }
    if (this.#size + size > TOTAL_LIMIT) {
      throw new NixociError(
        "LIMIT",
        `its headers are larger than the ${TOTAL_LIMIT} bytes allowed`,
      );
    }
    const whole = paddedSizeOf(size);
    const content = this.#keep(yield whole, whole);
    if (isZero(content.subarray(size))) return content.subarray(0, size);
    throw new NixociError("MALFORMED", `its ${what} goes on after its end`);
  }

  /** Returns all blocks so far, as they are in the archive. */
  bytes(): Buffer {
    return this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts, this.#size);
  }

  /** Returns the name in the last header, for messages: empty where there is none. */
  lastName(): string {
    return this.#header === undefined ? "" : decodeName(readText(this.#header, FIELD.name));
  }

  /** Keeps a copy: the bytes are ours only until we ask for more. */
  #keep(bytes: Uint8Array, wanted: number): Buffer {
    if (bytes.length < wanted) {
      throw new NixociError("MALFORMED", "the archive ends within it", {
        hint: "the archive was cut short; fetch it or make it again",
      });
    }
    const copy = Buffer.from(bytes);
    this.#parts.push(copy);
    this.#size += wanted;
    return copy;
  }
}
