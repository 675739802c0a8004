/** Encodes and decodes names. They are bytes; those that are not UTF-8 become Python's surrogateescape. */
import { isUtf8 } from "node:buffer";
import { NixociError } from "../base/errors.ts";

/**
 * Decodes bytes to a string: as UTF-8, and each byte that is not UTF-8 as a lone surrogate U+DC80 to
 * U+DCFF. `encodeName` returns the same bytes again.
 * @see https://peps.python.org/pep-0383/
 * @example
 * ```ts
 * import { tar } from "nixoci";
 * const name = tar.decodeName(Uint8Array.of(0x61, 0xff));
 * console.log(tar.encodeName(name).toString("hex")); // 61ff
 * ```
 */
export function decodeName(bytes: Uint8Array): string {
  if (bytes.length === 0) return "";
  const buffer = toBuffer(bytes);
  if (isUtf8(buffer)) return buffer.toString("utf8");
  let name = "";
  for (let at = 0; at < buffer.length;) {
    const length = readSequence(buffer, at);
    if (length === 0) name += String.fromCharCode(0xdc00 + buffer[at++]!);
    else name += buffer.toString("utf8", at, at += length);
  }
  return name;
}

/**
 * Encodes a name that {@link decodeName} returned, or any other well-formed string.
 * @throws NixociError `MALFORMED` for surrogates that do not stand for a byte.
 * @example
 * ```ts
 * import { tar } from "nixoci";
 * console.log(tar.encodeName("ü").toString("hex")); // c3bc
 * ```
 */
export function encodeName(name: string): Buffer {
  if (!isEscaped(name)) return Buffer.from(name, "utf8");
  const parts: Uint8Array[] = [];
  for (const character of name) {
    const code = character.codePointAt(0)!;
    if (code < 0xd800 || code > 0xdfff) parts.push(Buffer.from(character, "utf8"));
    else if (code >= 0xdc80 && code <= 0xdcff) parts.push(Uint8Array.of(code - 0xdc00));
    else throw new NixociError("MALFORMED", `${quoteName(name)} is not a sequence of bytes`);
  }
  return Buffer.concat(parts);
}

/** Tells whether the name holds bytes that are not UTF-8. */
export function isEscaped(name: string): boolean {
  return /\p{Surrogate}/u.test(name);
}

/** Quotes a name for a message: on one line, not too long, and without control characters. */
export function quoteName(name: string): string {
  const short = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return JSON.stringify(short).replace(
    /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

function toBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Returns the length of the UTF-8 sequence at this position, 0 where there is none. */
function readSequence(buffer: Buffer, at: number): number {
  const lead = buffer[at]!;
  const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return at + length <= buffer.length && isUtf8(buffer.subarray(at, at + length)) ? length : 0;
}
