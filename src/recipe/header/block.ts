/** The ustar block, and records before it, which the headers of both styles have in common. */
import { BLOCK, checksumOf, FIELD, type Field, paddedSizeOf } from "../../tar/block.ts";
import { encodeName } from "../../tar/name.ts";
import { encodeRecord } from "../../tar/pax.ts";
import { canHold } from "../../tar/ustar.ts";
import { xattrKeywordOf } from "../../tar/xattr.ts";
import { isAscii, type LayerMember } from "./member.ts";

/** A PAX record. */
export type HeaderRecord = readonly [keyword: string, value: Uint8Array];

/** The texts of a block; ASCII, and no longer than their fields but for those that are to be cut. */
export interface Texts {
  readonly name: string;
  readonly prefix: string;
  readonly linkname: string;
  readonly uname: string;
  readonly gname: string;
}

const FLAGS = { file: "0", hardlink: "1", symlink: "2", directory: "5" } as const;

/** Makes a block to be used again and again: what `fillBlock` does not write stays as it is here. */
export function createBlock(): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write("ustar\x0000", FIELD.magic[0], "latin1");
  return block;
}

/** Writes all of the block. Numbers that no field holds become 0: they have records. */
export function fillBlock(
  block: Buffer,
  texts: Texts,
  member: LayerMember,
  devices: boolean,
): void {
  putText(block, FIELD.name, texts.name);
  putNumber(block, FIELD.mode, member.mode);
  putNumber(block, FIELD.uid, member.owner.uid);
  putNumber(block, FIELD.gid, member.owner.gid);
  putNumber(block, FIELD.size, member.size);
  putNumber(block, FIELD.mtime, member.mtime);
  putText(block, FIELD.type, FLAGS[member.type]);
  putText(block, FIELD.linkname, texts.linkname);
  putText(block, FIELD.uname, texts.uname);
  putText(block, FIELD.gname, texts.gname);
  if (devices) {
    putNumber(block, FIELD.devmajor, 0);
    putNumber(block, FIELD.devminor, 0);
  }
  putText(block, FIELD.prefix, texts.prefix);
  putChecksum(block);
}

/** Puts an extended header with the member's extended attributes before its own. */
export function addRecords(member: LayerMember, header: Uint8Array): Buffer {
  return addToBlock("././@PaxHeader", encodeXattrRecords(member), header);
}

/** Puts an extended header before the block, which has these records in this order. */
export function addToBlock(
  name: string,
  records: readonly HeaderRecord[],
  block: Uint8Array,
): Buffer {
  const body = Buffer.concat(
    records.map(([keyword, value]) => encodeRecord(Buffer.from(keyword), value)),
  );
  const header = createBlock();
  putText(header, FIELD.name, name);
  for (const field of ["mode", "uid", "gid", "mtime"] as const) putNumber(header, FIELD[field], 0);
  putNumber(header, FIELD.size, body.length);
  putText(header, FIELD.type, "x");
  putChecksum(header);
  const whole = Buffer.alloc(BLOCK + paddedSizeOf(body.length) + block.length);
  header.copy(whole);
  body.copy(whole, BLOCK);
  whole.set(block, whole.length - block.length);
  return whole;
}

/** Adds a record for a text that its field cannot hold: it is long, or not ASCII. */
export function addIfNeeded(
  records: HeaderRecord[],
  keyword: string,
  text: string,
  length: number,
): void {
  if (text.length > length || !isAscii(text)) records.push([keyword, encodeName(text)]);
}

/** Returns records for numbers that are too large for their fields, or negative. */
export function encodeNumberRecords(
  { owner: { uid, gid }, size, mtime }: LayerMember,
): HeaderRecord[] {
  const records: HeaderRecord[] = [];
  const add = (keyword: "uid" | "gid" | "size" | "mtime", value: number): void => {
    if (!canHold(FIELD[keyword], value)) records.push([keyword, Buffer.from(String(value))]);
  };
  add("uid", uid);
  add("gid", gid);
  add("size", size);
  add("mtime", mtime);
  return records;
}

/** Returns records for extended attributes, as GNU tar and Go's readers know them. */
export function encodeXattrRecords({ xattrs = [] }: LayerMember): HeaderRecord[] {
  return xattrs.map(([name, value]) => [xattrKeywordOf(name), value]);
}

/** Writes a text by hand: these are too short for what calls of Buffer's cost. */
function putText(block: Buffer, [start, end]: Field, text: string): void {
  const length = Math.min(text.length, end - start);
  for (let at = 0; at < length; at++) block[start + at] = text.charCodeAt(at);
  for (let at = start + length; at < end; at++) block[at] = 0;
}

/** Writes octal digits and a NUL. */
function putNumber(block: Buffer, field: Field, value: number): void {
  const [start, end] = field;
  block[end - 1] = 0;
  putDigits(block, start, end - 1, canHold(field, value) ? value : 0);
}

function putDigits(block: Buffer, start: number, end: number, value: number): void {
  let at = end - 1;
  let rest = value;
  for (; rest > 0x3fffffff; rest = Math.floor(rest / 8)) block[at--] = 0x30 + rest % 8;
  for (; at >= start; rest >>= 3) block[at--] = 0x30 + (rest & 7);
}

/** Six digits, a NUL and a space. */
function putChecksum(block: Buffer): void {
  const [start, end] = FIELD.checksum;
  putDigits(block, start, end - 2, checksumOf(block));
  block[end - 2] = 0;
  block[end - 1] = 0x20;
}
