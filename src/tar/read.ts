/** Reads an archive from a stream, member by member. */
import { NixociError } from "../base/errors.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { paddedSizeOf } from "./block.ts";
import type { IndexedEntry } from "./entry.ts";
import type { Globals } from "./header/header.ts";
import { Intake } from "./intake.ts";
import { quoteName } from "./name.ts";
import { cutShortError, readNextHeader, readTrailing, type TarReadOptions } from "./supply.ts";

/** A member and its stored content. */
export interface TarMember extends IndexedEntry {
  /**
   * The stored content (`storedSize` bytes; `expandSparse` makes the file from it), to be read once
   * and before the next member is asked for. What is not read is skipped.
   */
  readonly data: MemberContent;
}

/** The stored content of a member. */
export interface MemberContent extends ByteStream {
  /** Returns all of it, if it has arrived and nothing was read; valid as long as a chunk is. */
  whole?(): Uint8Array | undefined;
}

/**
 * Yields the members of an archive in order: v7, ustar, PAX, GNU, and mixtures of them. It refuses what
 * GNU tar and Python's tarfile read differently, so that no reader sees another tree than we do.
 * @throws from the iteration, NixociError `MALFORMED` for what is not a tar archive, is cut short,
 * or means different things to different readers; `UNSUPPORTED` for members that are not files;
 * `LIMIT` for headers that are too large.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 * @example
 * ```ts
 * import { tar } from "nixoci";
 * async function* hi() {
 *   yield new TextEncoder().encode("hi");
 * }
 * const archive = tar.writeTar([{ fields: { path: "a", size: 2 }, data: hi() }]);
 * for await (const { entry, data } of tar.readTar(archive)) {
 *   console.log(entry.path, entry.size); // a 2
 *   for await (const chunk of data) console.log(chunk.length); // 2
 * }
 * ```
 */
export async function* readTar(
  archive: ByteStream,
  options: TarReadOptions = {},
): AsyncGenerator<TarMember, void> {
  const intake = new Intake(archive);
  const globals: Globals = new Map();
  try {
    for (;;) {
      const next = readNextHeader(intake, globals);
      const member = next instanceof Promise ? await next : next;
      if (member === undefined) break;
      const data = new MemberData(intake, member);
      const { entry, offset, dataOffset, storedSize } = member;
      yield { entry, offset, dataOffset, storedSize, data };
      const left = data.end();
      if (!intake.takeWhole(left) && await intake.skip(left) < left) {
        throw cutShortError(member.entry);
      }
    }
    await readTrailing(intake, options);
  } finally {
    await intake.close();
  }
}

/** The stored content that is still in the stream: views of its chunks, not copies. */
class MemberData implements MemberContent, AsyncIterableIterator<Uint8Array> {
  readonly #intake: Intake;
  readonly #member: IndexedEntry;
  #left: number;
  #ended = false;

  constructor(intake: Intake, member: IndexedEntry) {
    this.#intake = intake;
    this.#member = member;
    this.#left = member.storedSize;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#ended) throw tooLateError(this.#member);
    while (this.#left > 0) {
      const value = this.#intake.take(this.#left);
      this.#left -= value.length;
      if (value.length > 0) return { done: false, value };
      if (!await this.#intake.waitForMore()) throw cutShortError(this.#member.entry);
    }
    return { done: true, value: undefined };
  }

  whole(): Uint8Array | undefined {
    if (this.#ended || this.#left !== this.#member.storedSize) return undefined;
    const bytes = this.#intake.takeWhole(this.#left);
    if (bytes !== undefined) this.#left = 0;
    return bytes;
  }

  /** Ends it for its reader, and returns the number of bytes up to the next header. */
  end(): number {
    this.#ended = true;
    const { storedSize } = this.#member;
    return this.#left + paddedSizeOf(storedSize) - storedSize;
  }
}

function tooLateError({ entry }: IndexedEntry): NixociError {
  const name = quoteName(entry.path);
  return new NixociError("USAGE", `Cannot read ${name}: the reader is at another member already`);
}
