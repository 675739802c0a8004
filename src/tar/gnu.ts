/**
 * Encodes headers as GNU tar writes them by default: its own format, older than PAX.
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
import { BLOCK, FIELD, paddedSizeOf, zerosOf } from "./block.ts";
import type { TarFields } from "./entry.ts";
import { checkFields } from "./encode.ts";
import { encodeName } from "./name.ts";
import {
  lengthOf,
  putChecksum,
  putNumber,
  putNumbers,
  putOwner,
  putText,
  typeFlagOf,
} from "./ustar.ts";

/** The names of user and group 0, as GNU tar has looked them up; empty where it is told to write numbers. */
export type RootNames = Required<Pick<TarFields, "uname" | "gname">>;

/** In a build in a virtual machine there is a user, but no group. */
const ROOT_NAMES: RootNames = { uname: "root", gname: "" };

/** The name of the members that hold names too long for a header. */
const LONG_NAME = "././@LongLink";

/**
 * Encodes the header of a member in GNU's format, byte for byte as GNU tar writes it: names that are
 * too long come before it, times are whole seconds, extended attributes are left out.
 * @param root the names of user and group 0, whose the members for long names are.
 * @throws NixociError `MALFORMED` for fields that no member can have.
 */
export function encodeGnuHeader(
  fields: TarFields,
  root: RootNames = ROOT_NAMES,
): Uint8Array {
  checkFields(fields);
  const linkpath = encodeName(fields.linkpath ?? "");
  const path = encodeName(fields.path);
  const parts: Uint8Array[] = [];
  const addLong = (flag: string, name: Buffer) =>
    void parts.push(...encodeLongName(flag, name, root));
  if (linkpath.length > lengthOf(FIELD.linkname)) addLong("K", linkpath);
  if (path.length > lengthOf(FIELD.name)) addLong("L", path);
  const block = encodeGnuBlock(fields, path, typeFlagOf(fields.type ?? "file"));
  putText(block, FIELD.linkname, linkpath);
  if (fields.type === "char" || fields.type === "block") {
    putNumber(block, FIELD.devmajor, fields.devmajor ?? 0);
    putNumber(block, FIELD.devminor, fields.devminor ?? 0);
  }
  putChecksum(block);
  return parts.length === 0 ? block : Buffer.concat([...parts, block]);
}

function encodeLongName(flag: string, name: Buffer, root: RootNames): Uint8Array[] {
  const size = name.length + 1; // a NUL ends it
  const fields = { path: LONG_NAME, size, mode: 0o644, ...root };
  const block = encodeGnuBlock(fields, Buffer.from(LONG_NAME), flag);
  putChecksum(block);
  return [block, name, zerosOf(paddedSizeOf(size) - name.length)];
}

const MAGIC = Buffer.from("ustar  \0");

function encodeGnuBlock(fields: TarFields, path: Buffer, flag: string): Buffer {
  const block = Buffer.allocUnsafe(BLOCK).fill(0);
  putText(block, FIELD.name, path);
  putNumbers(block, fields, flag);
  putText(block, FIELD.magic, MAGIC);
  putOwner(block, FIELD.uname, fields.uname ?? "");
  putOwner(block, FIELD.gname, fields.gname ?? "");
  return block;
}
