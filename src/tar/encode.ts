/** Encodes headers: ustar, and PAX records for what ustar cannot say. Same fields, same bytes. */
import { NixociError } from "../base/errors.ts";
import { FIELD, paddedSizeOf, zerosOf } from "./block.ts";
import { hasContent, type TarFields } from "./entry.ts";
import { encodeName, isEscaped, quoteName } from "./name.ts";
import { encodeRecords, encodeTime, SECOND } from "./pax.ts";
import {
  canHold,
  encodeUstarBlock,
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

/** Returns the records for what the ustar block of these fields cannot say. */
function recordsOf(fields: TarFields): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  let binary = false;
  const name = (keyword: string, name: string, fits: (bytes: Buffer) => boolean) => {
    if (name === "") return;
    const bytes = encodeName(name);
    const escaped = isEscaped(name);
    // Only ASCII has as many bytes as UTF-16 units.
    if (fits(bytes) && (escaped || bytes.length === name.length)) return;
    records.set(keyword, bytes);
    binary ||= escaped;
  };
  const number = (keyword: "uid" | "gid" | "size", value: number) => {
    if (!canHold(FIELD[keyword], value)) records.set(keyword, Buffer.from(String(value)));
  };
  name("path", fields.path, (bytes) => splitPath(bytes) !== undefined);
  name("linkpath", fields.linkpath ?? "", (bytes) => bytes.length <= lengthOf(FIELD.linkname));
  name("uname", fields.uname ?? "", (bytes) => bytes.length <= OWNER_LENGTH);
  name("gname", fields.gname ?? "", (bytes) => bytes.length <= OWNER_LENGTH);
  number("uid", fields.uid ?? 0);
  number("gid", fields.gid ?? 0);
  number("size", fields.size ?? 0);
  const mtime = fields.mtime ?? 0n;
  if (mtime % SECOND !== 0n || !canHold(FIELD.mtime, secondsOf(mtime))) {
    records.set("mtime", encodeTime(mtime));
  }
  for (const [attribute, value] of fields.xattrs ?? []) {
    records.set(xattrKeywordOf(attribute), value);
  }
  // By POSIX, all values are UTF-8 without it.
  if (binary) records.set("hdrcharset", Buffer.from("BINARY"));
  return records;
}

/** Checks a member's fields. @throws NixociError `MALFORMED` for fields that no member can have. */
export function checkFields(fields: TarFields): void {
  const { path, type = "file", linkpath = "", size = 0, mode = 0 } = fields;
  const refuse = (what: string) => {
    throw new NixociError("MALFORMED", `Cannot write ${quoteName(path)} to a tar archive: ${what}`);
  };
  const texts = [path, linkpath, fields.uname ?? "", fields.gname ?? ""];
  if (path === "" || texts.some((text) => text.includes("\0"))) {
    refuse("its name is empty, or a name has a NUL in it");
  }
  const link = type === "hardlink" || type === "symlink";
  if (link !== (linkpath !== "")) refuse("links, and only they, have a link name");
  if (size > 0 && !hasContent(type)) refuse(`a ${type} has no content`);
  if (hasContent(type) && path.endsWith("/")) refuse("the name of a file cannot end in a slash");
  const counts = [size, mode, fields.uid ?? 0, fields.gid ?? 0];
  counts.push(fields.devmajor ?? 0, fields.devminor ?? 0);
  if (counts.some((count) => !Number.isSafeInteger(count) || count < 0)) {
    refuse("a number of it is negative, or not a safe integer");
  }
  if (mode > 0o7777) refuse(`its mode has more than the permission bits`);
}
