/**
 * Encodes Nix's base 32: an alphabet without `e`, `o`, `u` and `t`, and the last five bits first.
 * @see https://nix.dev/manual/nix/latest/protocols/nix32
 */
import { Buffer } from "node:buffer";
import { NixociError } from "../../base/errors.ts";

const ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";

/** Returns the number of digits of a number of bytes. */
export function nix32LengthOf(bytes: number): number {
  return Math.ceil(bytes * 8 / 5);
}

/** Formats bytes in Nix's base 32. */
export function formatNix32(bytes: Uint8Array): string {
  let text = "";
  for (let digit = nix32LengthOf(bytes.length) - 1; digit >= 0; digit--) {
    const bit = digit * 5;
    const at = bit >> 3;
    const two = (bytes[at] ?? 0) | (bytes[at + 1] ?? 0) << 8;
    text += ALPHABET[two >> (bit & 7) & 31];
  }
  return text;
}

/**
 * Parses a text in Nix's base 32.
 * @throws NixociError `MALFORMED` for other characters, and when there are more digits, or set
 * bits, than whole bytes need.
 */
export function parseNix32(text: string): Buffer {
  const bytes = Buffer.alloc(Math.floor(text.length * 5 / 8));
  let spare = nix32LengthOf(bytes.length) === text.length ? 0 : 1;
  for (let digit = 0; digit < text.length; digit++) {
    const value = ALPHABET.indexOf(text[text.length - 1 - digit]!);
    if (value < 0) throw malformedError(text, "base 32 has digits and letters but e, o, t and u");
    const bit = digit * 5;
    const at = bit >> 3;
    const two = value << (bit & 7);
    if (at < bytes.length) bytes[at]! |= two & 255;
    else spare |= two;
    if (at + 1 < bytes.length) bytes[at + 1]! |= two >> 8;
    else spare |= two >> 8;
  }
  if (spare !== 0) throw malformedError(text, "it does not stand for whole bytes");
  return bytes;
}

function malformedError(text: string, why: string): NixociError {
  return new NixociError("MALFORMED", `${JSON.stringify(text)} is not Nix's base 32: ${why}`);
}
