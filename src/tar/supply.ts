/** Feeds the header reader from a stream or a file. */
import { NixociError } from "../base/errors.ts";
import type { OnNotice } from "../base/notices.ts";
import { BLOCK, isZero } from "./block.ts";
import type { Parse } from "./header/blocks.ts";
import type { IndexedEntry, TarEntry } from "./entry.ts";
import { type Globals, readHeader } from "./header/header.ts";
import { quoteName } from "./name.ts";

/** Bytes that are taken one after another; those in memory without waiting. */
export interface ByteSupply {
  /** The number of bytes that have been taken or skipped. */
  readonly offset: number;
  /** Takes the next `length` bytes if they are in memory; valid until the next call. */
  takeWhole(length: number): Uint8Array | undefined;
  /** Takes the next `length` bytes, fewer only at the end. */
  gather(length: number): Promise<Uint8Array>;
}

/** Reads the next member; returns a promise only if it must wait for bytes, which is rare. */
export function readNextHeader(
  supply: ByteSupply,
  globals: Globals,
): IndexedEntry | undefined | Promise<IndexedEntry | undefined> {
  const parse = readHeader(supply.offset, globals);
  let step = parse.next();
  while (!step.done) {
    const bytes = supply.takeWhole(step.value);
    if (bytes === undefined) return waitForHeader(supply, parse, step.value);
    step = parse.next(bytes);
  }
  return step.value;
}

async function waitForHeader(
  supply: ByteSupply,
  parse: Parse<IndexedEntry | undefined>,
  wanted: number,
): Promise<IndexedEntry | undefined> {
  let step = parse.next(await supply.gather(wanted));
  while (!step.done) {
    step = parse.next(supply.takeWhole(step.value) ?? await supply.gather(step.value));
  }
  return step.value;
}

/** The options of reading an archive. */
export interface TarReadOptions {
  /** Refuses stale bytes in the last record, too. */
  readonly strict?: boolean;
  /** Called when stale bytes are left out. */
  readonly onNotice?: OnNotice;
}

const TRAILING_PART = 64 * 1024;

/** Writers fill up the last of so many bytes, some of them with what they had in memory. */
const RECORD = 20 * BLOCK;

/**
 * Reads what follows the end of the archive, of which one block has been read: zeros. After a second
 * block of zeros, at which every reader stops, the rest of the record may be anything. Anything else is
 * refused: it could be a second archive, which one reader sees and another does not.
 * @throws NixociError `MALFORMED`.
 */
export async function readTrailing(
  supply: ByteSupply,
  options: TarReadOptions = {},
): Promise<void> {
  let isEnd = isZero(await supply.gather(BLOCK));
  const end = options.strict ? 0 : Math.ceil(supply.offset / RECORD) * RECORD;
  let isStale = false;
  while (isEnd) {
    const { offset } = supply;
    const part = await supply.gather(TRAILING_PART);
    if (part.length === 0) break;
    if (isZero(part)) continue;
    isStale = true;
    isEnd = isZero(part.subarray(Math.max(0, end - offset)));
  }
  if (!isEnd) {
    throw new NixociError("MALFORMED", "Cannot read the tar archive: it goes on after its end", {
      hint: `look at what stands before byte ${supply.offset}`,
    });
  }
  if (isStale) {
    options.onNotice?.({
      code: "LEFT_OUT",
      message: "stale bytes after the end of the tar archive are left out",
    });
  }
}

/** Makes the error for an archive that ends within a member's content. */
export function cutShortError(entry: TarEntry): NixociError {
  const name = quoteName(entry.path);
  return new NixociError("MALFORMED", `Cannot read ${name}: the tar archive ends within it`, {
    hint: "the archive was cut short; fetch it or make it again",
  });
}
