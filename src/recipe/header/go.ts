/**
 * Headers as Go's archive/tar writes them when it is given no format.
 * @see https://cs.opensource.google/go/go/+/refs/tags/go1.24.0:src/archive/tar/writer.go
 */
import { Buffer } from "node:buffer";
import { splitPath } from "../../tar/ustar.ts";
import {
  addIfNeeded,
  addToBlock,
  encodeNumberRecords,
  encodeXattrRecords,
  fillBlock,
  type HeaderRoom,
} from "./block.ts";
import { isAscii, type LayerMember, NAME_LENGTH, OWNER_LENGTH } from "./member.ts";

/**
 * A long name that can be cut at a slash needs no record, but gets one where something else does.
 * Records are sorted.
 */
export function writeGoHeader(room: HeaderRoom, member: LayerMember): Buffer {
  const { name, linkname, owner: { uname, gname } } = member;
  const records = [...encodeXattrRecords(member), ...encodeNumberRecords(member)];
  addIfNeeded(records, "linkpath", linkname, NAME_LENGTH);
  addIfNeeded(records, "uname", uname, OWNER_LENGTH);
  addIfNeeded(records, "gname", gname, OWNER_LENGTH);
  const split = splitName(name);
  if (split === undefined || records.length > 0) addIfNeeded(records, "path", name, NAME_LENGTH);
  const isPlain = records.length === 0;
  const texts = {
    ...(isPlain ? split! : { prefix: "", name: cutToAscii(name, NAME_LENGTH) }),
    linkname: cutToAscii(linkname, NAME_LENGTH),
    uname: cutToAscii(uname, OWNER_LENGTH),
    gname: cutToAscii(gname, OWNER_LENGTH),
  };
  fillBlock(room.block, texts, member, true);
  if (isPlain) return room.block;
  records.sort(([a], [b]) => Buffer.from(a).compare(Buffer.from(b)));
  return addToBlock(room, nameOfRecords(name), records);
}

/** Returns the name in ustar's two parts, where it has them. */
function splitName(name: string): { prefix: string; name: string } | undefined {
  if (!isAscii(name)) return undefined;
  if (name.length <= NAME_LENGTH) return { prefix: "", name };
  const split = splitPath(Buffer.from(name, "latin1"));
  return split && { prefix: split.prefix.toString("latin1"), name: split.name.toString("latin1") };
}

/** Without what is not ASCII, and cut; what is cut at a slash must not look like a folder. */
function cutToAscii(text: string, length: number): string {
  const ascii = isAscii(text) ? text : text.replace(/\P{ASCII}/gu, "");
  const cut = ascii.slice(0, length);
  return ascii.length > length && cut.endsWith("/") ? cut.replace(/\/+$/, "") : cut;
}

/** `DIR/PaxHeaders.0/FILE`, as far as there is room. */
function nameOfRecords(name: string): string {
  const slash = name.lastIndexOf("/") + 1;
  const path = `${name.slice(0, slash)}PaxHeaders.0/${name.slice(slash)}`;
  const ascii = isAscii(path) ? path : path.replace(/\P{ASCII}/gu, "");
  return ascii.slice(0, NAME_LENGTH).replace(/\/+$/, "");
}
