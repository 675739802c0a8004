/** The ustar block, and records before it, which the headers of both styles have in common. */
import { BLOCK, checksumOf, FIELD, type Field, paddedSizeOf } from "../../tar/block.ts";
import { encodeName } from "../../tar/name.ts";
import { lengthOfRecord } from "../../tar/pax.ts";
import { canHold } from "../../tar/ustar.ts";
import { xattrKeywordOf } from "../../tar/xattr.ts";
import { isAscii, type LayerMember } from "./member.ts";

/** A PAX record: ASCII as a text, all else as bytes. */
export type HeaderRecord = readonly [keyword: string, value: Uint8Array | string];

/** The texts of a block; ASCII, and no longer than their fields but for those that are to be cut. */
export interface Texts {
  readonly name: string;
  readonly prefix: string;
  readonly linkname: string;
  readonly uname: string;
  readonly gname: string;
}

const FLAGS = { file: "0", hardlink: "1", symlink: "2", directory: "5" } as const;

/** Room for the headers of one layer, one after the other: layers may be read side by side. */
export interface HeaderRoom {
  /** A block, of which what `fillBlock` does not write stays as it is. */
  readonly block: Buffer;
  /** An extended header and the block behind it; most names of a store need one. */
  extended: Buffer;
}

/** Makes room for headers. */
export function createHeaderRoom(): HeaderRoom {
  return { block: createBlock(BLOCK), extended: createExtended(4 * BLOCK) };
}

function createBlock(size: number): Buffer {
  const block = Buffer.alloc(size);
  block.write("ustar\x0000", FIELD.magic[0], "latin1");
  return block;
}

function createExtended(size: number): Buffer {
  const header = createBlock(size);
  for (const field of ["mode", "uid", "gid", "mtime"] as const) putNumber(header, FIELD[field], 0);
  putText(header, FIELD.type, "x");
  return header;
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
  return addToBlock(createHeaderRoom(), "././@PaxHeader", encodeXattrRecords(member), header);
}

/**
 * Puts an extended header before the block, which has these records in this order. The bytes are good
 * until the room is used again.
 */
export function addToBlock(
  room: HeaderRoom,
  name: string,
  records: readonly HeaderRecord[],
  block: Uint8Array = room.block,
): Buffer {
  const size = records.reduce((sum, record) => sum + sizeOfRecord(record), 0);
  const end = BLOCK + paddedSizeOf(size);
  if (room.extended.length < end + block.length) room.extended = createExtended(end + block.length);
  const { extended } = room;
  putText(extended, FIELD.name, name);
  putNumber(extended, FIELD.size, size);
  putChecksum(extended);
  let at = BLOCK;
  for (const record of records) at = putRecord(extended, at, record);
  extended.fill(0, at, end);
  extended.set(block, end);
  return extended.subarray(0, end + block.length);
}

/** In bytes. */
function sizeOfRecord([keyword, value]: HeaderRecord): number {
  return lengthOfRecord(Buffer.byteLength(keyword), value.length);
}

/** Writes a record, and returns where it ends. */
function putRecord(into: Buffer, start: number, record: HeaderRecord): number {
  const size = sizeOfRecord(record);
  const [keyword, value] = record;
  const at = start + into.write(`${size} ${keyword}=`, start);
  if (typeof value === "string") into.write(value, at, "latin1");
  else into.set(value, at);
  into[start + size - 1] = 0x0a;
  return start + size;
}

/** Adds a record for a text that its field cannot hold: it is long, or not ASCII. */
export function addIfNeeded(
  records: HeaderRecord[],
  keyword: string,
  text: string,
  length: number,
): void {
  if (!isAscii(text)) records.push([keyword, encodeName(text)]);
  else if (text.length > length) records.push([keyword, text]);
}

/** Returns records for numbers that are too large for their fields, or negative. */
export function encodeNumberRecords(
  { owner: { uid, gid }, size, mtime }: LayerMember,
): HeaderRecord[] {
  const records: HeaderRecord[] = [];
  const add = (keyword: "uid" | "gid" | "size" | "mtime", value: number): void => {
    if (!canHold(FIELD[keyword], value)) records.push([keyword, String(value)]);
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
