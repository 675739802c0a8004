/**
 * Encodes the ustar block, as much of the fields as it can hold.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html ustar Interchange Format
 */
import { NixociError } from "../base/errors.ts";
import { BLOCK, checksumOf, FIELD, type Field, readNumber } from "./block.ts";
import type { TarFields, TarType } from "./entry.ts";
import { encodeName } from "./name.ts";
import { SECOND } from "./pax.ts";

const FLAGS: Record<TarType, string> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  char: "3",
  block: "4",
  directory: "5",
  fifo: "6",
  contiguous: "7",
};

/** Returns the type flag of a member. */
export function typeFlagOf(type: TarType): string {
  return FLAGS[type];
}

/** The longest name of an owner, in bytes; a NUL must follow it. */
export const OWNER_LENGTH = 31;

const MAGIC = Buffer.from("ustar\x0000");

/** Writes the numbers and the flag, which are in the same positions in every format since v7. */
export function putNumbers(block: Buffer, fields: TarFields, flag: string): void {
  putNumber(block, FIELD.mode, fields.mode ?? 0);
  putNumber(block, FIELD.uid, fields.uid ?? 0);
  putNumber(block, FIELD.gid, fields.gid ?? 0);
  putNumber(block, FIELD.size, fields.size ?? 0);
  putNumber(block, FIELD.mtime, secondsOf(fields.mtime ?? 0n));
  block[FIELD.type[0]] = flag.charCodeAt(0);
}

/** Encodes the block. Names that are too long are cut, numbers that are too large are in base-256. */
export function encodeUstarBlock(
  fields: TarFields,
  flag = typeFlagOf(fields.type ?? "file"),
): Buffer {
  // From Node's pool of small buffers: memory of its own costs more than everything else here.
  const block = Buffer.allocUnsafe(BLOCK);
  block.set(EMPTY);
  putPath(block, fields.path);
  putNumbers(block, fields, flag);
  if (fields.linkpath) putName(block, FIELD.linkname, fields.linkpath);
  putText(block, FIELD.magic, MAGIC);
  if (fields.uname) putOwner(block, FIELD.uname, fields.uname);
  if (fields.gname) putOwner(block, FIELD.gname, fields.gname);
  putNumber(block, FIELD.devmajor, fields.devmajor ?? 0);
  putNumber(block, FIELD.devminor, fields.devminor ?? 0);
  putChecksum(block);
  return block;
}

const NOTHING = Buffer.alloc(0);
const EMPTY = Buffer.alloc(BLOCK);

function putPath(block: Buffer, path: string): void {
  if (isShortAscii(path, lengthOf(FIELD.name))) return putAscii(block, FIELD.name, path);
  const bytes = encodeName(path);
  const { prefix, name } = splitPath(bytes) ?? { prefix: NOTHING, name: bytes };
  putText(block, FIELD.name, name);
  putText(block, FIELD.prefix, prefix);
}

function putName(block: Buffer, field: Field, name: string, most = lengthOf(field)): void {
  if (isShortAscii(name, most)) putAscii(block, field, name);
  else putText(block, field, encodeName(name).subarray(0, most));
}

function putAscii(block: Buffer, [start]: Field, text: string): void {
  for (let at = 0; at < text.length; at++) block[start + at] = text.charCodeAt(at);
}

/** Tells whether the text is ASCII, and not longer: nearly all names are, and need no encoding. */
export function isShortAscii(text: string, length: number): boolean {
  if (text.length > length) return false;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/**
 * Splits a name for ustar: whole if it fits, or cut at the last slash that leaves both parts short
 * enough; `undefined` if there is none.
 */
export function splitPath(path: Buffer): { prefix: Buffer; name: Buffer } | undefined {
  if (path.length <= lengthOf(FIELD.name)) return { prefix: NOTHING, name: path };
  const last = Math.min(path.length - 2, lengthOf(FIELD.prefix));
  const slash = path.lastIndexOf(0x2f, last);
  const name = path.subarray(slash + 1);
  return slash > 0 && name.length <= lengthOf(FIELD.name)
    ? { prefix: path.subarray(0, slash), name }
    : undefined;
}

/** Returns the length of a field. */
export function lengthOf([start, end]: Field): number {
  return end - start;
}

/** Tells whether the number fits into the field in octal. */
export function canHold(field: Field, value: number): boolean {
  return value >= 0 && value < POWERS[lengthOf(field) - 1]!;
}

/** Powers of eight, by the number of digits: up to those of the longest field with a number. */
const POWERS = Array.from({ length: 12 }, (_, digits) => 8 ** digits);

/** Returns whole seconds, rounded down, of a time in nanoseconds. */
export function secondsOf(time: bigint): number {
  return Number((time < 0n ? time - SECOND + 1n : time) / SECOND);
}

/**
 * Writes the size into a header, in place, that `encodeHeader` made of a file without one. The header
 * keeps its length, so that it can be written before the size is known.
 * @throws NixociError `USAGE` when the header has a size already.
 * @example
 * ```ts
 * import { tar } from "nixoci";
 * const header = tar.encodeHeader({ path: "hi", mode: 0o644 });
 * tar.patchSize(header, 2);
 * console.log(Buffer.from(header).toString("latin1", 124, 135)); // 00000000002
 * ```
 */
export function patchSize(header: Uint8Array, size: number): void {
  const block = header.subarray(header.length - BLOCK);
  if (readNumber(block, FIELD.size, "size") !== 0) {
    throw new NixociError("USAGE", "Cannot change the size in a tar header: it has one already");
  }
  putNumber(block, FIELD.size, size);
  putChecksum(block);
}

/** Writes text at the start of a field; what does not fit is cut off. */
export function putText(block: Buffer, [start, end]: Field, text: Uint8Array): void {
  block.set(text.length > end - start ? text.subarray(0, end - start) : text, start);
}

/** Writes the name of an owner, as much of it as leaves room for a NUL. */
export function putOwner(block: Buffer, field: Field, name: string): void {
  putName(block, field, name, OWNER_LENGTH);
}

/** Writes octal digits and a NUL, or GNU's base-256 if these cannot hold the number. */
export function putNumber(block: Uint8Array, field: Field, value: number): void {
  const [start, end] = field;
  if (canHold(field, value)) {
    block[end - 1] = 0;
    putDigits(block, start, end - 1, value);
    return;
  }
  let rest = BigInt(value);
  for (let at = end - 1; at >= start; at--, rest >>= 8n) block[at] = Number(rest & 0xffn);
  if (value > 0) block[start] = 0x80;
}

function putDigits(block: Uint8Array, start: number, end: number, value: number): void {
  let at = end - 1;
  let rest = value;
  for (; rest > 0x7fffffff; at--, rest = Math.floor(rest / 8)) block[at] = 0x30 + rest % 8;
  for (; rest > 0; at--, rest >>= 3) block[at] = 0x30 + (rest & 7);
  for (; at >= start; at--) block[at] = 0x30;
}

/** Writes the checksum: six digits, a NUL and a space. */
export function putChecksum(block: Uint8Array): void {
  const [start, end] = FIELD.checksum;
  putDigits(block, start, end - 2, checksumOf(block));
  block[end - 2] = 0;
  block[end - 1] = 0x20;
}
