/** Reads extended attributes in PAX records: raw as star, GNU tar and Go write them, or libarchive's. */
import { NixociError } from "../base/errors.ts";
import type { PaxValue } from "./pax.ts";

const RAW = "SCHILY.xattr.";
const ENCODED = "LIBARCHIVE.xattr.";

/** Reads the attributes among records; where both forms name one, the raw one counts. */
export function readXattrs(
  records: ReadonlyMap<string, PaxValue>,
): ReadonlyMap<string, Uint8Array> {
  const raw = new Map<string, Uint8Array>();
  const encoded = new Map<string, Uint8Array>();
  for (const [keyword, value] of records) {
    if (keyword.startsWith(RAW)) raw.set(unescapeKey(keyword.slice(RAW.length)), value.bytes);
    else if (keyword.startsWith(ENCODED)) {
      const name = decodeKey(keyword.slice(ENCODED.length));
      // Docker, containerd and Podman read the raw form alone: what gives rights must not come by another.
      if (!name.startsWith("security.")) encoded.set(name, decodeValue(value.text));
    }
  }
  return encoded.size === 0 ? raw : new Map([...encoded, ...raw]);
}

/** Returns the keyword of the record that holds this attribute, in the raw form. */
export function xattrKeywordOf(name: string): string {
  return RAW + escapeKey(name);
}

/**
 * Escapes a name for a keyword, which cannot hold `=`: GNU tar writes `%3D`. Go's archive/tar knows no
 * escapes, so a `%` is escaped only where GNU tar would read an escape.
 */
function escapeKey(name: string): string {
  return name.replace(/%(?=25|3D)|=/g, (character) => character === "=" ? "%3D" : "%25");
}

function unescapeKey(key: string): string {
  return key.replace(/%25|%3D/g, (escape) => escape === "%25" ? "%" : "=");
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    throw new NixociError("MALFORMED", "the name of one of its extended attributes is malformed");
  }
}

/** Decodes a value of libarchive's, which leaves out the `=` at the end of base64. */
function decodeValue(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new NixociError("MALFORMED", "one of its extended attributes is not base64");
  }
  return Buffer.from(text, "base64");
}
