/** Encodes headers: ustar, and PAX records for what ustar cannot say. Same fields, same bytes. */
import { NixociError } from "../base/errors.ts";
import { FIELD, paddedSizeOf, zerosOf } from "./block.ts";
import { hasContent, type TarFields } from "./entry.ts";
import { encodeName, isEscaped, quoteName } from "./name.ts";
import { encodeRecords, encodeTime, SECOND } from "./pax.ts";
import {
  canHold,
  encodeUstarBlock,
  isShortAscii,
  lengthOf,
  OWNER_LENGTH,
  secondsOf,
  splitPath,
} from "./ustar.ts";
import { xattrKeywordOf } from "./xattr.ts";

/**
 * Encodes the header of a member: a ustar block, after a PAX extended header if ustar cannot say it all
 * (long or non-ASCII names, large numbers, times before 1970 or with a fraction, xattrs). The ustar
 * block repeats as much of that as it can, so that no reader sees another member.
 * @param more further records.
 * @throws NixociError `MALFORMED` for fields that no member can have.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 * @example
 * ```ts
 * import { tar } from "nixoci";
 * const short = tar.encodeHeader({ path: "a", size: 2, mode: 0o644 });
 * const long = tar.encodeHeader({ path: "a".repeat(300) });
 * console.log(short.length, long.length); // 512 1536
 * ```
 */
export function encodeHeader(
  fields: TarFields,
  more: ReadonlyMap<string, Uint8Array> = NOTHING_MORE,
): Uint8Array {
  checkFields(fields);
  const block = encodeUstarBlock(fields);
  const records = recordsOf(fields);
  for (const [keyword, value] of more) records.set(keyword, value);
  if (records.size === 0) return block;
  const body = encodeRecords(records);
  const extended = encodeUstarBlock({ path: PAX_NAME, mode: 0o644, size: body.length }, "x");
  return Buffer.concat([extended, body, zerosOf(paddedSizeOf(body.length) - body.length), block]);
}

const NOTHING_MORE: ReadonlyMap<string, Uint8Array> = new Map();

/** Python's name for it; a reader that does not know PAX makes a file of that name. */
const PAX_NAME = "././@PaxHeader";

/** The names, and the bytes of their fields that may be filled: a NUL ends an owner's. */
const NAMES = [
  ["path", lengthOf(FIELD.name)],
  ["linkpath", lengthOf(FIELD.linkname)],
  ["uname", OWNER_LENGTH],
  ["gname", OWNER_LENGTH],
] as const;

/** Returns the records for what the ustar block of these fields cannot say. */
function recordsOf(fields: TarFields): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  let isBinary = false;
  for (const [keyword, most] of NAMES) {
    const name = fields[keyword] ?? "";
    if (isShortAscii(name, most)) continue;
    const bytes = encodeName(name);
    const isEscape = isEscaped(name);
    const fits = bytes.length <= most || (keyword === "path" && splitPath(bytes) !== undefined);
    // Only ASCII has as many bytes as UTF-16 units.
    if (fits && (isEscape || bytes.length === name.length)) continue;
    records.set(keyword, bytes);
    isBinary ||= isEscape;
  }
  for (const keyword of ["uid", "gid", "size"] as const) {
    const value = fields[keyword] ?? 0;
    if (!canHold(FIELD[keyword], value)) records.set(keyword, Buffer.from(String(value)));
  }
  const mtime = fields.mtime ?? 0n;
  if (mtime % SECOND !== 0n || !canHold(FIELD.mtime, secondsOf(mtime))) {
    records.set("mtime", encodeTime(mtime));
  }
  for (const [attribute, value] of fields.xattrs ?? []) {
    records.set(xattrKeywordOf(attribute), value);
  }
  // By POSIX, all values are UTF-8 without it.
  if (isBinary) records.set("hdrcharset", Buffer.from("BINARY"));
  return records;
}

/** Checks a member's fields. @throws NixociError `MALFORMED` for fields that no member can have. */
export function checkFields(fields: TarFields): void {
  const { path, type = "file", linkpath = "", size = 0, mode = 0 } = fields;
  const { uname = "", gname = "", uid = 0, gid = 0, devmajor = 0, devminor = 0 } = fields;
  const refuse = (what: string) => {
    throw new NixociError("MALFORMED", `Cannot write ${quoteName(path)} to a tar archive: ${what}`);
  };
  if (path === "" || hasNul(path) || hasNul(linkpath) || hasNul(uname) || hasNul(gname)) {
    refuse("its name is empty, or a name has a NUL in it");
  }
  const link = type === "hardlink" || type === "symlink";
  if (link !== (linkpath !== "")) refuse("links, and only they, have a link name");
  if (size > 0 && !hasContent(type)) refuse(`a ${type} has no content`);
  if (hasContent(type) && path.endsWith("/")) refuse("the name of a file cannot end in a slash");
  const areCounts = isCount(size) && isCount(mode) && isCount(uid) && isCount(gid) &&
    isCount(devmajor) && isCount(devminor);
  if (!areCounts) refuse("a number of it is negative, or not a safe integer");
  if (mode > 0o7777) refuse(`its mode has more than the permission bits`);
}

function hasNul(text: string): boolean {
  return text.includes("\0");
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}
