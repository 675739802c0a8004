/** Reads everything before a member's content, and the end of the archive. */
import { codeOf, NixociError, wrapError } from "../../base/errors.ts";
import { BLOCK, FIELD, hasValidChecksum, isZero, readCount } from "../block.ts";
import { readNumbers } from "./attributes.ts";
import { HeaderBlocks, type Parse } from "./blocks.ts";
import type { IndexedEntry } from "../entry.ts";
import { beginMember, finishMember, type MemberExtensions, readMap } from "./member.ts";
import { quoteName } from "../name.ts";
import { parseRecords, type PaxValue } from "../pax.ts";

/** The records of global headers, which apply to all members that follow. */
export type Globals = Map<string, PaxValue>;

/** The limit of global records: each member has a copy of them. */
const GLOBALS_LIMIT = 64;

/**
 * Reads the next member; `undefined` at the end, after which only zeros may follow.
 * @param offset its position in the archive, in bytes.
 * @param globals the global records so far; those of global headers found here are added.
 * @throws NixociError `MALFORMED`, `UNSUPPORTED` or `LIMIT`, naming the member.
 */
export function* readHeader(offset: number, globals: Globals): Parse<IndexedEntry | undefined> {
  const blocks = new HeaderBlocks();
  // Until a header is right, the bytes may be anything: a text, a program, a page of a web server.
  let isTar = offset > 0;
  try {
    const ahead: MemberExtensions = {};
    for (;;) {
      // Nearly all members end here: a generator for each of their parts would take longer than they do.
      const block = blocks.addHeader(yield BLOCK);
      if (block === undefined && offset === 0 && blocks.size > 0) {
        throw malformedError("the archive ends after its global header");
      }
      if (block === undefined || isZero(block)) return checkEnd(ahead);
      if (!hasValidChecksum(block)) {
        throw malformedError("its checksum is wrong: this is not a tar header");
      }
      isTar = true;
      if (isExtension(block)) {
        yield* readExtension(block, blocks, ahead, globals);
        continue;
      }
      const begun = beginMember(block, ahead, globals);
      const map = begun.isSparse ? yield* readMap(begun, blocks) : undefined;
      const entry = finishMember(begun, map, blocks.bytes());
      const storedSize = map?.storedSize ?? begun.declared;
      return { entry, offset, dataOffset: offset + blocks.size, storedSize };
    }
  } catch (error) {
    if (!isTar && codeOf(error) === "MALFORMED") throw noArchiveError(error);
    const name = blocks.lastName();
    const which = name === "" ? "" : ` ${quoteName(name)}`;
    throw wrapError(error, `Cannot read the tar member${which} at byte ${offset}`);
  }
}

function noArchiveError(cause: unknown): NixociError {
  const hint = "see what it is with the command file";
  return new NixociError("MALFORMED", "it is not a tar archive", { cause, hint });
}

/**
 * Checks the end. POSIX demands two blocks of zeros; GNU tar, Python and Go do not need them. No bytes
 * at all are an archive of nothing to Go, so that Docker, Podman and umoci take them for an empty layer.
 */
function checkEnd(ahead: MemberExtensions): undefined {
  if (Object.keys(ahead).length > 0) {
    throw malformedError("the archive ends after its extended header");
  }
}

/** Tells whether a header describes the member after it. */
function isExtension(block: Buffer): boolean {
  return EXTENSIONS.includes(block[FIELD.type[0]]!);
}

const EXTENSIONS = Buffer.from("xXgLK");

/**
 * Reads a header that describes the member after it. If two such headers say the same thing, GNU tar
 * takes the last and Python the first: that is refused.
 */
function* readExtension(
  block: Buffer,
  blocks: HeaderBlocks,
  ahead: MemberExtensions,
  globals: Globals,
): Parse<void> {
  const type = String.fromCharCode(block[FIELD.type[0]]!);
  readNumbers(block);
  const name = type === "L" || type === "K";
  const what = name ? "long name" : "extended header";
  const content = yield* blocks.content(readCount(block, FIELD.size, "size"), what);
  if (name) {
    const which = type === "L" ? "path" : "linkpath";
    if (ahead[which] !== undefined) throw malformedError(`it has two long names`);
    ahead[which] = parseLongName(content);
  } else if (type === "g") {
    if (Object.keys(ahead).length > 0) throw malformedError("a global header is in its way");
    addGlobals(globals, content);
  } else {
    // Solaris wrote X; GNU tar and Python read it as x.
    if (ahead.records !== undefined) throw malformedError("it has two extended headers");
    ahead.records = parseRecords(content);
  }
}

/** Parses a long name of GNU's, which ends at a NUL, or at its size. */
function parseLongName(content: Buffer): Buffer {
  let end = content.length;
  while (end > 0 && content[end - 1] === 0) end--;
  const name = content.subarray(0, end);
  if (end === 0 || name.includes(0)) {
    throw malformedError("its long name is empty or has a NUL in it");
  }
  return name;
}

/** Records that make sense for one member only; readers differ about global ones. */
const OWN = /^(?:size|path|linkpath|GNU\.sparse\..*)$/;

function addGlobals(globals: Globals, content: Buffer): void {
  for (const [keyword, value] of parseRecords(content)) {
    if (OWN.test(keyword)) {
      throw malformedError(`a global header says the ${keyword} of all members`);
    }
    globals.set(keyword, value);
  }
  if (globals.size > GLOBALS_LIMIT) {
    throw new NixociError("LIMIT", `there are more than ${GLOBALS_LIMIT} global records`);
  }
}

function malformedError(what: string): NixociError {
  return new NixociError("MALFORMED", what);
}
