/** Names are bytes; most are UTF-8. Those that are not survive as Python's surrogateescape has it. */
import { isUtf8 } from "node:buffer";
import { NixociError } from "../base/errors.ts";

/**
 * Bytes as a string: UTF-8 where they are, and each byte that is not as a lone surrogate U+DC80 to
 * U+DCFF. `encodeName` gives the same bytes back.
 * @see https://peps.python.org/pep-0383/
 */
export function decodeName(bytes: Uint8Array): string {
  if (bytes.length === 0) return "";
  const buffer = asBuffer(bytes);
  if (isUtf8(buffer)) return buffer.toString("utf8");
  let name = "";
  for (let at = 0; at < buffer.length;) {
    const length = sequenceAt(buffer, at);
    if (length === 0) name += String.fromCharCode(0xdc00 + buffer[at++]!);
    else name += buffer.toString("utf8", at, at += length);
  }
  return name;
}

/**
 * The bytes of a name that {@link decodeName} made, or of any other well-formed string.
 * @throws NixociError `MALFORMED` for surrogates that stand for no byte.
 */
export function encodeName(name: string): Buffer {
  if (!isEscaped(name)) return Buffer.from(name, "utf8");
  const parts: Uint8Array[] = [];
  for (const character of name) {
    const code = character.codePointAt(0)!;
    if (code < 0xd800 || code > 0xdfff) parts.push(Buffer.from(character, "utf8"));
    else if (code >= 0xdc80 && code <= 0xdcff) parts.push(Uint8Array.of(code - 0xdc00));
    else throw new NixociError("MALFORMED", `${quoteName(name)} is no sequence of bytes`);
  }
  return Buffer.concat(parts);
}

/** Whether the name holds bytes that are not UTF-8. */
export function isEscaped(name: string): boolean {
  return /\p{Surrogate}/u.test(name);
}

/** A name for a message: in quotes, on one line, not too long, nothing in it that a terminal obeys. */
export function quoteName(name: string): string {
  const short = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return JSON.stringify(short).replace(
    /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The length of the UTF-8 sequence at this place, 0 where there is none. */
function sequenceAt(buffer: Buffer, at: number): number {
  const lead = buffer[at]!;
  const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return at + length <= buffer.length && isUtf8(buffer.subarray(at, at + length)) ? length : 0;
}
