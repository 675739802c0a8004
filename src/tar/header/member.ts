/** Makes a member from its header and the extensions before that. */
import { NixociError } from "../../base/errors.ts";
import { attributesOf, type DescribedHeader, dialectOf } from "./attributes.ts";
import { decodeField, FIELD, readCount, readNumber, readText } from "../block.ts";
import type { HeaderBlocks, Parse } from "./blocks.ts";
import { hasContent, type TarEntry, type TarType } from "../entry.ts";
import {
  checkExtents,
  parsePaxSparse,
  readLeadingMap,
  readOldMap,
  type SparseMap,
} from "./extents.ts";
import { decodeName } from "../name.ts";
import { parseCount, type PaxRecord, type PaxValue } from "../pax.ts";
import { readXattrs } from "../xattr.ts";

/** The extensions before a member's header. */
export interface MemberExtensions {
  /** The records of its own extended header. */
  records?: readonly PaxRecord[];
  /** GNU's long name and long link name. */
  path?: Buffer;
  linkpath?: Buffer;
}

/** A header, and what stands before it. */
interface KnownMember extends DescribedHeader {
  /** The type flag. */
  readonly flag: string;
  readonly ahead: MemberExtensions;
}

/** A member as far as its header says it: a sparse map may follow. */
interface HalfMember {
  readonly known: KnownMember;
  readonly path: string;
  readonly type: TarType;
  /** The size of what follows, a map included. */
  readonly declared: number;
  readonly paxSparse: ReturnType<typeof parsePaxSparse>;
  readonly isSparse: boolean;
}

/** A sparse map, and the size of what is stored after it. */
interface MeasuredMap extends SparseMap {
  readonly storedSize: number;
}

/** Begins with the member whose header the block is. */
export function beginMember(
  block: Buffer,
  ahead: MemberExtensions,
  globals: ReadonlyMap<string, PaxValue>,
): HalfMember {
  const flag = String.fromCharCode(block[FIELD.type[0]]!);
  const records = ahead.records === undefined ? globals : new Map([...globals, ...ahead.records]);
  const known = { block, flag, dialect: dialectOf(block), ahead, records };
  const path = pathOf(known);
  const type = typeOf(known, path);
  const declared = sizeOf(known, type);
  const paxSparse = ahead.records === undefined ? undefined : parsePaxSparse(ahead.records);
  const isSparse = paxSparse !== undefined || flag === "S";
  return { known, path, type, declared, paxSparse, isSparse };
}

/** Makes the entry. @param raw all blocks before the stored content. */
export function finishMember(
  { known, path, type, declared }: HalfMember,
  map: MeasuredMap | undefined,
  raw: Buffer,
): TarEntry {
  const { records } = known;
  const linkpath = type === "symlink" || type === "hardlink" ? linkpathOf(known) : "";
  const { mode, uid, gid, uname, gname, mtime, devmajor, devminor } = attributesOf(known, type);
  // Spelled out: to spread takes longer than all else here.
  return {
    path,
    type,
    linkpath,
    size: map?.realSize ?? (hasContent(type) ? declared : 0),
    mode,
    uid,
    gid,
    uname,
    gname,
    mtime,
    devmajor,
    devminor,
    xattrs: records.size === 0 ? NO_XATTRS : readXattrs(records),
    pax: records.size === 0 ? NO_PAX : textsOf(records),
    sparse: map?.extents,
    raw,
  };
}

/** Empty ones, shared by the many members that have neither. */
const NO_XATTRS: TarEntry["xattrs"] = new Map();
const NO_PAX: TarEntry["pax"] = new Map();

function textsOf(records: KnownMember["records"]): TarEntry["pax"] {
  return new Map(Array.from(records, ([keyword, { text }]) => [keyword, text]));
}

/**
 * Returns the name. Refused are a prefix in v7 format, which Python takes and GNU tar does not, and a
 * long name beside a PAX path, because readers differ in which one wins.
 */
function pathOf({ block, flag, dialect, ahead, records }: KnownMember): string {
  const sparseName = records.get("GNU.sparse.name")?.text;
  const pax = sparseName ?? records.get("path")?.text;
  if (pax !== undefined) {
    if (ahead.path !== undefined) throw malformedError("it has a GNU and a PAX name");
    if (sparseName !== undefined && (records.get("path")?.text ?? pax) !== pax) {
      throw malformedError("it has two PAX names");
    }
    return checkName(pax, "name");
  }
  if (ahead.path !== undefined) return decodeName(ahead.path);
  const name = decodeField(block, FIELD.name);
  const prefix = flag === "S" ? "" : prefixOf(block, dialect);
  return checkName(prefix === "" ? name : `${prefix}/${name}`, "name");
}

/**
 * Returns the prefix of a name. GNU tar has times of access and change in its place, and Go before
 * 1.8 a prefix nevertheless, which Go tells apart in this way.
 */
function prefixOf(block: Buffer, dialect: DescribedHeader["dialect"]): string {
  if (block[FIELD.prefix[0]] === 0) return "";
  const prefix = readText(block, FIELD.prefix);
  if (dialect === "ustar") return decodeName(prefix);
  if (dialect === "gnu" && hasTimes(block)) return "";
  if (dialect === "gnu" && prefix.every((byte) => byte >= 0x20 && byte < 0x7f)) {
    return decodeName(prefix);
  }
  throw malformedError("it has a prefix, but is not in ustar format");
}

function hasTimes(block: Buffer): boolean {
  try {
    readNumber(block, FIELD.atime, "time of access");
    readNumber(block, FIELD.ctime, "time of change");
    return true;
  } catch {
    return false;
  }
}

function linkpathOf({ block, ahead, records }: KnownMember): string {
  const pax = records.get("linkpath")?.text;
  if (pax !== undefined && ahead.linkpath !== undefined) {
    throw malformedError("it has a GNU and a PAX link name");
  }
  const long = ahead.linkpath;
  const name = pax ?? (long ? decodeName(long) : decodeField(block, FIELD.linkname));
  return checkName(name, "link name");
}

function checkName(name: string, what: string): string {
  if (name === "" || name.includes("\0")) {
    throw malformedError(`its ${what} is empty or has a NUL in it`);
  }
  return name;
}

const TYPES: Record<string, TarType> = {
  "\0": "file",
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "char",
  "4": "block",
  "5": "directory",
  "6": "fifo",
  "7": "contiguous",
  "D": "directory",
  "S": "file",
};

/**
 * Returns the type. In v7 a slash after the name made a directory; a slash after the name of any other
 * file means a directory to GNU tar and a file to Python.
 */
function typeOf({ block, flag }: KnownMember, path: string): TarType {
  const type = TYPES[flag];
  if (type === undefined) {
    throw new NixociError("UNSUPPORTED", `its type ${JSON.stringify(flag)} is not a kind of file`);
  }
  if (!hasContent(type)) return type;
  const slash = path.endsWith("/");
  const v7 = flag === "\0" && readText(block, FIELD.name).at(-1) === SLASH;
  if (slash !== v7) throw malformedError("it is a file, and a directory by its name");
  return slash ? "directory" : type;
}

const SLASH = 0x2f;

/**
 * Returns the size of what is stored. The PAX size wins, as in GNU tar and Python. Directories and hard
 * links of some writers have a size but no content; GNU's incremental backups store with a directory
 * (D) the list of its files. If GNU tar would skip content and Python would
 * not, an attacker could choose the next header.
 */
function sizeOf({ block, flag, records }: KnownMember, type: TarType): number {
  const pax = records.get("size");
  const header = readCount(block, FIELD.size, "size");
  const size = pax === undefined ? header : parseCount(pax.text, "size");
  if (hasContent(type) || flag === "D") return size;
  const harmless = flag === "5" || (type === "hardlink" && pax === undefined);
  if (size > 0 && !harmless) throw malformedError(`it is a ${type}, but has content`);
  return 0;
}

/** Reads the map of a sparse member. Before the content it is part of its size. */
export function* readMap(
  { known, type, declared, paxSparse: pax }: HalfMember,
  blocks: HeaderBlocks,
): Parse<MeasuredMap> {
  const { block, flag, dialect, records } = known;
  const fits = pax === undefined ? dialect === "gnu" : dialect === "ustar" && flag !== "S";
  if (!fits || !hasContent(type)) {
    throw malformedError("it is sparse, but not as its format has it");
  }
  // Python takes the last of them as the size of the file.
  if (records.has("size")) throw malformedError("it is sparse, and has two sizes");
  const headers = blocks.size;
  const map = pax === undefined
    ? yield* readOldMap(block, blocks)
    : "leads" in pax
    ? yield* readLeadingMap(pax.realSize, blocks)
    : pax;
  const storedSize = pax === undefined ? declared : declared - (blocks.size - headers);
  checkExtents(map, storedSize);
  return { extents: map.extents, realSize: map.realSize, storedSize };
}

function malformedError(what: string): NixociError {
  return new NixociError("MALFORMED", what);
}
