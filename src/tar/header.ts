/** Reads all that stands before a member's content, and the end of the archive. */
import { during, NixociError } from "../base/errors.ts";
import { countIn, FIELD, isSummed, isZero } from "./block.ts";
import { numbersIn } from "./attributes.ts";
import { HeaderBlocks, type Parse } from "./blocks.ts";
import type { IndexedEntry } from "./entry.ts";
import { type Ahead, readMember } from "./member.ts";
import { quoteName } from "./name.ts";
import { parseRecords, type PaxValue } from "./pax.ts";

/** The records of global headers: they hold for all members that follow. */
export type Globals = Map<string, PaxValue>;

/** Each member carries a copy of them, so that there must not be many. */
const GLOBALS_LIMIT = 64;

/**
 * The next member; `undefined` at the end, after which nothing but zeros may follow.
 * @param offset where it begins in the archive, in bytes.
 * @param globals the records in force; those of global headers that stand here are added.
 * @throws NixociError `MALFORMED`, `UNSUPPORTED` or `LIMIT`, naming the member.
 */
export function* readHeader(offset: number, globals: Globals): Parse<IndexedEntry | undefined> {
  const blocks = new HeaderBlocks();
  try {
    const ahead: Ahead = {};
    for (;;) {
      const block = yield* blocks.header();
      if (block === undefined && offset === 0 && blocks.size > 0) {
        throw malformed("the archive ends after its global header");
      }
      if (block === undefined || isZero(block)) return endOf(ahead);
      if (!isSummed(block)) throw malformed("its checksum is wrong: this is no tar header");
      if (yield* readAhead(block, blocks, ahead, globals)) continue;
      const { entry, storedSize } = yield* readMember(block, blocks, ahead, globals);
      return { entry, offset, dataOffset: offset + blocks.size, storedSize };
    }
  } catch (error) {
    const name = blocks.lastName();
    const which = name === "" ? "" : ` ${quoteName(name)}`;
    throw during(error, `Cannot read the tar member${which} at byte ${offset}`);
  }
}

/**
 * POSIX demands two blocks of zeros at the end; GNU tar, Python and Go do without. No bytes at all
 * are an archive of nothing to Go, so that Docker, Podman and umoci take them for an empty layer.
 */
function endOf(ahead: Ahead): undefined {
  if (Object.keys(ahead).length > 0) throw malformed("the archive ends after its extended header");
}

/**
 * Takes in what only says something of the member that follows; `false` for a member itself. Where
 * two such headers say the same thing, GNU tar believes the last and Python the first: we neither.
 */
function* readAhead(
  block: Buffer,
  blocks: HeaderBlocks,
  ahead: Ahead,
  globals: Globals,
): Parse<boolean> {
  const type = String.fromCharCode(block[FIELD.type[0]]!);
  if (!"xXgLK".includes(type)) return false;
  numbersIn(block);
  const name = type === "L" || type === "K";
  const what = name ? "long name" : "extended header";
  const content = yield* blocks.content(countIn(block, FIELD.size, "size"), what);
  if (name) {
    const which = type === "L" ? "path" : "linkpath";
    if (ahead[which] !== undefined) throw malformed(`it has two long names`);
    ahead[which] = longName(content);
  } else if (type === "g") {
    if (Object.keys(ahead).length > 0) throw malformed("a global header is in its way");
    addGlobals(globals, content);
  } else {
    // Solaris wrote X; GNU tar and Python read it as x.
    if (ahead.records !== undefined) throw malformed("it has two extended headers");
    ahead.records = parseRecords(content);
  }
  return true;
}

/** GNU's long names end with a NUL, or with their size. */
function longName(content: Buffer): Buffer {
  let end = content.length;
  while (end > 0 && content[end - 1] === 0) end--;
  const name = content.subarray(0, end);
  if (end === 0 || name.includes(0)) throw malformed("its long name is empty or has a NUL in it");
  return name;
}

/** What only makes sense for one member; readers differ in how a global one counts. */
const OWN = /^(?:size|path|linkpath|GNU\.sparse\..*)$/;

function addGlobals(globals: Globals, content: Buffer): void {
  for (const [keyword, value] of parseRecords(content)) {
    if (OWN.test(keyword)) throw malformed(`a global header says the ${keyword} of all members`);
    globals.set(keyword, value);
  }
  if (globals.size > GLOBALS_LIMIT) {
    throw new NixociError("LIMIT", `there are more than ${GLOBALS_LIMIT} global records`);
  }
}

function malformed(what: string): NixociError {
  return new NixociError("MALFORMED", what);
}
