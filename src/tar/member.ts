/** Makes a member of its header and of what stood ahead of it. */
import { NixociError } from "../base/errors.ts";
import { attributesOf, type Described, dialectOf } from "./attributes.ts";
import { countIn, FIELD, numberIn, textIn } from "./block.ts";
import type { HeaderBlocks, Parse } from "./blocks.ts";
import { hasContent, type TarEntry, type TarType } from "./entry.ts";
import { checkExtents, leadingMap, oldMap, paxSparse, type SparseMap } from "./extents.ts";
import { decodeName } from "./name.ts";
import { countOf, type PaxRecord, type PaxValue } from "./pax.ts";
import { xattrsIn } from "./xattr.ts";

/** What stood ahead of a member's header. */
export interface Ahead {
  /** The records of its own extended header. */
  records?: readonly PaxRecord[];
  /** GNU's long name and long link name. */
  path?: Buffer;
  linkpath?: Buffer;
}

/** All that is known of a member while its entry is being made. */
interface Known extends Described {
  /** The type flag. */
  readonly flag: string;
  readonly ahead: Ahead;
}

/** The member whose header the block is; reads on where a sparse map follows it. */
export function* readMember(
  block: Buffer,
  blocks: HeaderBlocks,
  ahead: Ahead,
  globals: ReadonlyMap<string, PaxValue>,
): Parse<{ entry: TarEntry; storedSize: number }> {
  const flag = String.fromCharCode(block[FIELD.type[0]]!);
  const records = ahead.records === undefined ? globals : new Map([...globals, ...ahead.records]);
  const known = { block, flag, dialect: dialectOf(block), ahead, records };
  const path = pathOf(known);
  const type = typeOf(known, path);
  const declared = sizeOf(known, type);
  const { map, storedSize } = yield* contentOf(known, blocks, type, declared);
  const entry: TarEntry = {
    path,
    type,
    linkpath: type === "symlink" || type === "hardlink" ? linkpathOf(known) : "",
    size: map === undefined ? declared : map.realSize,
    ...attributesOf(known, type),
    xattrs: records.size === 0 ? NO_XATTRS : xattrsIn(records),
    pax: records.size === 0 ? NO_PAX : textsOf(records),
    sparse: map?.extents,
    raw: blocks.bytes(),
  };
  return { entry, storedSize };
}

/** Most members have neither, and share these. */
const NO_XATTRS: TarEntry["xattrs"] = new Map();
const NO_PAX: TarEntry["pax"] = new Map();

function textsOf(records: Known["records"]): TarEntry["pax"] {
  return new Map(Array.from(records, ([keyword, { text }]) => [keyword, text]));
}

/**
 * The name, where it was said last. A long name and a PAX path win over each other here and there:
 * neither is read.
 */
function pathOf({ block, flag, dialect, ahead, records }: Known): string {
  const sparseName = records.get("GNU.sparse.name")?.text;
  const pax = sparseName ?? records.get("path")?.text;
  if (pax !== undefined) {
    if (ahead.path !== undefined) throw malformed("it has a GNU and a PAX name");
    if (sparseName !== undefined && (records.get("path")?.text ?? pax) !== pax) {
      throw malformed("it has two PAX names");
    }
    return checkName(pax, "name");
  }
  if (ahead.path !== undefined) return decodeName(ahead.path);
  const name = decodeName(textIn(block, FIELD.name));
  const prefix = flag === "S" ? "" : prefixOf(block, dialect);
  return checkName(prefix === "" ? name : `${prefix}/${name}`, "name");
}

/**
 * Returns the prefix of a name. GNU tar has times of access and change in its place, and Go before
 * 1.8 a prefix nevertheless, which Go tells apart in this way.
 */
function prefixOf(block: Buffer, dialect: Described["dialect"]): string {
  if (block[FIELD.prefix[0]] === 0) return "";
  const prefix = textIn(block, FIELD.prefix);
  if (dialect === "ustar") return decodeName(prefix);
  if (dialect === "gnu" && hasTimes(block)) return "";
  if (dialect === "gnu" && prefix.every((byte) => byte >= 0x20 && byte < 0x7f)) {
    return decodeName(prefix);
  }
  throw malformed("it has a prefix, but is not in ustar format");
}

function hasTimes(block: Buffer): boolean {
  try {
    numberIn(block, FIELD.atime, "time of access");
    numberIn(block, FIELD.ctime, "time of change");
    return true;
  } catch {
    return false;
  }
}

function linkpathOf({ block, ahead, records }: Known): string {
  const pax = records.get("linkpath")?.text;
  if (pax !== undefined && ahead.linkpath !== undefined) {
    throw malformed("it has a GNU and a PAX link name");
  }
  const name = pax ?? decodeName(ahead.linkpath ?? textIn(block, FIELD.linkname));
  return checkName(name, "link name");
}

function checkName(name: string, what: string): string {
  if (name === "" || name.includes("\0")) {
    throw malformed(`its ${what} is empty or has a NUL in it`);
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
  "S": "file",
};

/**
 * The type. In v7 a slash after the name made a directory; a slash after the name of any other file
 * means a directory to GNU tar and a file to Python.
 */
function typeOf({ block, flag }: Known, path: string): TarType {
  const type = TYPES[flag];
  if (type === undefined) {
    throw new NixociError("UNSUPPORTED", `its type ${JSON.stringify(flag)} is no kind of file`);
  }
  if (!hasContent(type)) return type;
  const slash = path.endsWith("/");
  const v7 = flag === "\0" && textIn(block, FIELD.name).at(-1) === SLASH;
  if (slash !== v7) throw malformed("it is a file, and a directory by its name");
  return slash ? "directory" : type;
}

const SLASH = 0x2f;

/**
 * The size of what is stored. The PAX size wins, as for GNU tar and Python. Directories and hard
 * links of some writers have a size but no content. Where GNU tar would skip content and Python
 * would not, the next header is one that an attacker can choose.
 */
function sizeOf({ block, flag, records }: Known, type: TarType): number {
  const pax = records.get("size");
  const header = countIn(block, FIELD.size, "size");
  const size = pax === undefined ? header : countOf(pax.text, "size");
  if (hasContent(type)) return size;
  const harmless = flag === "5" || (type === "hardlink" && pax === undefined);
  if (size > 0 && !harmless) throw malformed(`it is a ${type}, but has content`);
  return 0;
}

/** Which bytes are stored, and how many. A map ahead of the content is part of its declared size. */
function* contentOf(
  { block, flag, dialect, ahead, records }: Known,
  blocks: HeaderBlocks,
  type: TarType,
  declared: number,
): Parse<{ map: SparseMap | undefined; storedSize: number }> {
  const pax = ahead.records === undefined ? undefined : paxSparse(ahead.records);
  if (pax === undefined && flag !== "S") return { map: undefined, storedSize: declared };
  const fits = pax === undefined ? dialect === "gnu" : dialect === "ustar" && flag !== "S";
  if (!fits || !hasContent(type)) throw malformed("it is sparse, but not as its format has it");
  // Python takes the size that is said last for that of the file.
  if (records.has("size")) throw malformed("it is sparse, and has two sizes");
  const headers = blocks.size;
  const map = pax === undefined
    ? yield* oldMap(block, blocks)
    : "leads" in pax
    ? yield* leadingMap(pax.realSize, blocks)
    : pax;
  const storedSize = pax === undefined ? declared : declared - (blocks.size - headers);
  checkExtents(map, storedSize);
  return { map, storedSize };
}

function malformed(what: string): NixociError {
  return new NixociError("MALFORMED", what);
}
