/**
 * Headers as Python's tarfile writes them in its PAX format, its default.
 * @see https://github.com/python/cpython/blob/3.11/Lib/tarfile.py `TarInfo.create_pax_header`
 */
import { type Buffer, isUtf8 } from "node:buffer";
import { isEscaped } from "../../tar/name.ts";
import {
  addIfNeeded,
  addToBlock,
  encodeNumberRecords,
  encodeXattrRecords,
  fillBlock,
  type HeaderRecord,
  type HeaderRoom,
} from "./block.ts";
import { isAscii, type LayerMember, NAME_LENGTH, OWNER_LENGTH } from "./member.ts";

/**
 * Names that are long or not ASCII go into records; the prefix is never used. The folder's slash
 * counts.
 */
export function writePythonHeader(room: HeaderRoom, member: LayerMember): Buffer {
  const { type, linkname, owner: { uname, gname } } = member;
  const isFolder = type === "directory" && !member.name.endsWith("/");
  const name = isFolder ? `${member.name}/` : member.name;
  const records = encodeXattrRecords(member);
  addIfNeeded(records, "path", name, NAME_LENGTH);
  addIfNeeded(records, "linkpath", linkname, NAME_LENGTH);
  addIfNeeded(records, "uname", uname, OWNER_LENGTH);
  addIfNeeded(records, "gname", gname, OWNER_LENGTH);
  records.push(...encodeNumberRecords(member));
  const texts = {
    name: markNonAscii(name),
    prefix: "",
    linkname: markNonAscii(linkname),
    uname: markNonAscii(uname),
    gname: markNonAscii(gname),
  };
  fillBlock(room.block, texts, member, false);
  if (records.length === 0) return room.block;
  const escaped = isEscaped(name) || isEscaped(linkname) || isEscaped(uname + gname) ||
    member.xattrs?.some(([, value]) => !isUtf8(value));
  return addToBlock(room, "././@PaxHeader", escaped ? [BINARY, ...records] : records);
}

const BINARY: HeaderRecord = ["hdrcharset", "BINARY"];

/** With a question mark for each character that is not ASCII. */
function markNonAscii(text: string): string {
  return isAscii(text) ? text : text.replace(/\P{ASCII}/gu, "?");
}
