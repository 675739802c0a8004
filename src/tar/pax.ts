/**
 * Parses and encodes PAX records: `length keyword=value\n`, the length in decimal and counting all of it.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html pax Extended Header
 */
import { NixociError } from "../base/errors.ts";
import { decodeName, encodeName, quoteName } from "./name.ts";

/** A record's value: as bytes, because extended attributes can be any bytes, and decoded as a name. */
export interface PaxValue {
  readonly bytes: Buffer;
  readonly text: string;
}

/** A keyword and its value. */
export type PaxRecord = readonly [keyword: string, value: PaxValue];

const LENGTH_DIGITS = 8;

/**
 * Parses the records of an extended header, in order, including repeated ones.
 * @throws NixociError `MALFORMED` for any deviation, because readers differ in how they go on.
 */
export function parseRecords(body: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let at = 0; at < body.length;) {
    const end = at + readLength(body, at);
    const keywordAt = body.indexOf(0x20, at) + 1;
    const equals = body.indexOf(0x3d, keywordAt);
    if (end > body.length || body[end - 1] !== 0x0a || equals <= keywordAt || equals >= end) {
      throw new NixociError("MALFORMED", "its extended header has a malformed record");
    }
    const keyword = decodeName(body.subarray(keywordAt, equals));
    if (keyword.includes("\0")) {
      throw new NixociError("MALFORMED", "its extended header has a NUL in a keyword");
    }
    const bytes = body.subarray(equals + 1, end - 1);
    records.push([keyword, { bytes, text: decodeName(bytes) }]);
    at = end;
  }
  return records;
}

function readLength(body: Buffer, start: number): number {
  let length = 0;
  for (let at = start; at < start + LENGTH_DIGITS; at++) {
    const digit = body[at]! - 0x30;
    if (digit >= 0 && digit <= 9) length = length * 10 + digit;
    else if (body[at] === 0x20 && at > start) return length;
    else break;
  }
  throw new NixociError("MALFORMED", "its extended header has a record without a length");
}

/** Encodes the body of an extended header with these records, in the order of their keywords' bytes. */
export function encodeRecords(records: ReadonlyMap<string, Uint8Array>): Buffer {
  const encoded = Array.from(records, ([keyword, value]) => ({ key: encodeName(keyword), value }));
  encoded.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(encoded.map(({ key, value }) => encodeRecord(key, value)));
}

/** Returns a record's length, of the lengths of its keyword and value; all of them are in bytes. */
export function lengthOfRecord(keyword: number, value: number): number {
  const rest = keyword + value + 3;
  const length = rest + String(rest).length; // its own digits count, too
  return rest + String(length).length;
}

function encodeRecord(keyword: Uint8Array, value: Uint8Array): Buffer {
  const length = lengthOfRecord(keyword.length, value.length);
  return Buffer.concat([Buffer.from(`${length} `), keyword, EQUALS, value, NEWLINE]);
}

const EQUALS = Buffer.from("=");
const NEWLINE = Buffer.from("\n");

/** Parses a record's value as a count: decimal digits, and nothing else. */
export function parseCount(text: string, what: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw notANumberError(text, what);
  return number;
}

/** Parses a record's value as a time: seconds with a fraction, to nanoseconds, rounded down. */
export function parseTime(text: string, what: string): bigint {
  const match = /^(-?)(\d{1,18})(?:\.(\d*))?$/.exec(text);
  if (match === null) throw notANumberError(text, what);
  const [, sign, seconds = "", fraction = ""] = match;
  const time = BigInt(seconds + fraction.slice(0, 9).padEnd(9, "0"));
  if (sign === "") return time;
  return /[1-9]/.test(fraction.slice(9)) ? -time - 1n : -time;
}

/** Encodes a time as a record's value: seconds, and a fraction if it has one. */
export function encodeTime(time: bigint): Buffer {
  const size = time < 0n ? -time : time;
  const fraction = String(size % SECOND).padStart(9, "0").replace(/0+$/, "");
  const text = `${time < 0n ? "-" : ""}${size / SECOND}${fraction === "" ? "" : `.${fraction}`}`;
  return Buffer.from(text);
}

/** A second in nanoseconds. */
export const SECOND = 1_000_000_000n;

function notANumberError(text: string, what: string): NixociError {
  return new NixociError("MALFORMED", `its ${what} is ${quoteName(text)}, not a number in range`);
}
