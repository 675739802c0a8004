/**
 * Reads the header block: 512 bytes with text and numbers at fixed positions.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html ustar Interchange Format
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
import { NixociError } from "../base/errors.ts";
import { decodeName } from "./name.ts";

/** The size of the blocks that archives are made of. */
export const BLOCK = 512;

/** A field's first byte, and the one after its last. */
export type Field = readonly [start: number, end: number];

/** The fields of v7 up to `linkname`, of ustar up to `prefix`, and of GNU's sparse headers. */
export const FIELD = {
  name: [0, 100],
  mode: [100, 108],
  uid: [108, 116],
  gid: [116, 124],
  size: [124, 136],
  mtime: [136, 148],
  checksum: [148, 156],
  type: [156, 157],
  linkname: [157, 257],
  magic: [257, 265],
  uname: [265, 297],
  gname: [297, 329],
  devmajor: [329, 337],
  devminor: [337, 345],
  prefix: [345, 500],
  atime: [345, 357],
  ctime: [357, 369],
  realsize: [483, 495],
} as const satisfies Record<string, Field>;

/** Returns the number of bytes that content of that size takes with its padding. */
export function paddedSizeOf(size: number): number {
  const over = size % BLOCK;
  return over === 0 ? size : size + BLOCK - over;
}

/** Reads the bytes of a text field: up to the first NUL, or the whole field. */
export function readText(block: Buffer, [start, end]: Field): Buffer {
  const nul = block.indexOf(0, start);
  return block.subarray(start, nul === -1 || nul > end ? end : nul);
}

/** Reads a text field as a name. */
export function decodeField(block: Buffer, field: Field): string {
  const [start, end] = field;
  let at = start;
  while (at < end && block[at] !== 0 && block[at]! < 0x80) at++;
  // Nearly all are ASCII, which is the same in all encodings.
  if (at === end || block[at] === 0) return block.toString("latin1", start, at);
  return decodeName(readText(block, field));
}

const SPACE = 0x20;

/**
 * Reads a number in octal digits, or in GNU's base-256 (the first byte is 0x80, or 0xff when negative).
 * Spaces may be around the digits, and anything after a NUL; a field of NULs and spaces is 0.
 * Anything else is refused, because readers differ about it.
 * @throws NixociError `MALFORMED` when it is none of these, or not a safe integer.
 */
export function readNumber(block: Uint8Array, [start, end]: Field, what: string): number {
  const lead = block[start]!;
  if (lead === 0x80 || lead === 0xff) return readBase256(block, start, end, what);
  let at = start;
  while (at < end && block[at] === SPACE) at++;
  const first = at;
  let value = 0;
  for (; at < end; at++) {
    const digit = block[at]! - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  if (at === first ? isBlank(block, first, end, what) : isEnded(block, at, end)) return value;
  throw new NixociError("MALFORMED", `its ${what} is not a number`);
}

/** Tells whether nothing follows. A size of spaces alone has GNU tar look for another header. */
function isBlank(block: Uint8Array, from: number, end: number, what: string): boolean {
  if (from === end) return what !== "size";
  let at = from;
  while (at < end && (block[at] === 0 || block[at] === SPACE)) at++;
  return at === end;
}

/** Tells whether digits end here: at spaces, a NUL or the field's end. */
function isEnded(block: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at < end && block[at] === SPACE) at++;
  return at === end || block[at] === 0;
}

/** Reads a number that cannot be negative. Throws as {@link readNumber} does. */
export function readCount(block: Uint8Array, field: Field, what: string): number {
  const count = readNumber(block, field, what);
  if (count >= 0) return count;
  throw new NixociError("MALFORMED", `its ${what} is negative`);
}

function readBase256(block: Uint8Array, start: number, end: number, what: string): number {
  let value = block[start] === 0xff ? -1n : 0n;
  for (let at = start + 1; at < end; at++) value = (value << 8n) | BigInt(block[at]!);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new NixociError("MALFORMED", `its ${what} is out of range`);
  }
  return number;
}

/** Returns the sum of the block's bytes, with those of the checksum field counted as spaces. */
export function checksumOf(block: Uint8Array): number {
  const [start, end] = FIELD.checksum;
  let sum = (end - start) * SPACE;
  for (let at = 0; at < start; at++) sum += block[at]!;
  for (let at = end; at < BLOCK; at++) sum += block[at]!;
  return sum;
}

/**
 * Tells whether the block's checksum is right. Old writers summed signed bytes, which is right, too.
 * @throws NixociError `MALFORMED` when the field holds no number.
 */
export function hasValidChecksum(block: Uint8Array): boolean {
  const stored = readNumber(block, FIELD.checksum, "checksum");
  const unsigned = checksumOf(block);
  return stored === unsigned || stored === unsigned - 256 * countHighBytes(block);
}

function countHighBytes(block: Uint8Array): number {
  const [start, end] = FIELD.checksum;
  let count = 0;
  for (let at = 0; at < BLOCK; at++) {
    if (block[at]! > 0x7f && (at < start || at >= end)) count++;
  }
  return count;
}

const ZEROS = Buffer.alloc(64 * 1024);

/** Tells whether all bytes are zeros. */
export function isZero(bytes: Uint8Array): boolean {
  // The first byte is enough for nearly all others.
  if (bytes.length > 0 && bytes[0] !== 0) return false;
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (!ZEROS.subarray(0, part.length).equals(part)) return false;
  }
  return true;
}

/** Returns zeros, as many as padding needs at most; never write to them. */
export function zerosOf(length: number): Uint8Array {
  return ZEROS.subarray(0, length);
}
