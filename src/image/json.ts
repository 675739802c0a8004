/**
 * Reads JSON that security depends on: a document has one meaning, or it is refused. Two readers
 * that differ about a duplicate key, or about `Layers` beside `layers` (Go folds case), would run
 * different images from the same digest.
 */
import { NixociError } from "../base/errors.ts";

/** The limits of a document. */
export interface JsonLimits {
  readonly maxBytes: number;
  readonly maxDepth?: number;
  /** More keys, beside those of OCI's documents, whose objects have users' own keys: case counts. */
  readonly maps?: readonly string[];
}

/** The most bytes of a manifest, index or config: what registries accept (OCI distribution: 4 MiB). */
export const MAX_DOCUMENT = 4 * 1024 * 1024;

const MAX_DEPTH = 64;

// Objects under these keys are maps from the user's own names, not structures with field names.
const MAPS = ["annotations", "labels", "exposedports", "volumes"];

/**
 * Parses strictly: valid UTF-8 without a byte order mark, no duplicate keys, no keys that differ
 * only in case (but in maps of users' names: annotations, labels), no `__proto__`, bounded.
 * @param what names the document in errors: `"manifest sha256:…"`.
 * @throws NixociError `MALFORMED` or `LIMIT`.
 */
export function parseJson(
  bytes: Uint8Array,
  what: string,
  limits: JsonLimits = { maxBytes: MAX_DOCUMENT },
): unknown {
  if (bytes.length > limits.maxBytes) {
    throw new NixociError("LIMIT", `${what} has more than ${limits.maxBytes} bytes`);
  }
  checkDepth(bytes, limits.maxDepth ?? MAX_DEPTH, what);
  const text = decodeUtf8(bytes, what);
  let value: unknown;
  try {
    // Syntax first: the walk over the keys may then trust it.
    value = JSON.parse(text);
    checkKeys(text, new Set([...MAPS, ...limits.maps ?? []]));
  } catch (error) {
    if (error instanceof NixociError) {
      throw new NixociError(error.code, `${what} is not valid JSON: ${error.message}`);
    }
    // V8 quotes what it stumbles over, which a server may have chosen: a secret, an escape code.
    const [place = ""] = / \(line \d+ column \d+\)$/.exec((error as Error).message) ?? [];
    throw new NixociError("MALFORMED", `${what} is not valid JSON${place}`);
  }
  return value;
}

/** Counts levels, of what may not even be JSON: V8 takes a hundred bytes for each before it ends. */
function checkDepth(bytes: Uint8Array, maxDepth: number, what: string): void {
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === 0x22) isInString = !isInString; // "
    else if (isInString) i += byte === 0x5c ? 1 : 0; // a backslash takes the next with it
    else if (byte === 0x5b || byte === 0x7b) depth++; // [ and {
    else if (byte === 0x5d || byte === 0x7d) depth--; // ] and }
    if (depth > maxDepth) {
      throw new NixociError("LIMIT", `${what} is nested deeper than ${maxDepth} levels`);
    }
  }
}

function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new NixociError("MALFORMED", `${what} is not UTF-8`, { cause });
  }
}

interface Level {
  /** The keys seen, folded where case does not count; `undefined` in an array. */
  readonly keys: Set<string> | undefined;
  readonly isMap: boolean;
  lastKey: string;
}

// Strings, and the punctuation that opens, closes and names. Numbers and literals are passed over.
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/gs;

/** Walks valid JSON for what JSON.parse lets through: doubled keys. */
function checkKeys(text: string, maps: ReadonlySet<string>): void {
  const levels: Level[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const token = match[0];
    if (token === "{" || token === "[") {
      levels.push(openLevel(token, levels.at(-1), maps));
    } else if (token === "}" || token === "]") {
      levels.pop();
    } else if (isKey(text, match.index + token.length)) {
      addKey(levels.at(-1), token, () => describePlace(text, match.index));
    }
  }
}

function openLevel(token: string, parent: Level | undefined, maps: ReadonlySet<string>): Level {
  const isMap = parent !== undefined && !parent.isMap && maps.has(foldCase(parent.lastKey));
  return { keys: token === "{" ? new Set() : undefined, isMap, lastKey: "" };
}

function isKey(text: string, after: number): boolean {
  for (let i = after; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x3a) return true;
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return false;
  }
  return false;
}

function addKey(level: Level | undefined, token: string, place: () => string): void {
  if (level?.keys === undefined) return;
  const key = JSON.parse(token) as string;
  if (key === "__proto__") throw new NixociError("MALFORMED", "the key __proto__ is not allowed");
  // Go writes U+FFFD for half of a character: two keys would become one.
  const whole = key.toWellFormed();
  const name = level.isMap ? whole : foldCase(whole);
  if (level.keys.has(name)) {
    throw new NixociError("MALFORMED", `a key is there twice, or once in other case${place()}`);
  }
  level.keys.add(name);
  level.lastKey = key;
}

/** Says where a text stands, as V8 does; not what it is. */
function describePlace(text: string, at: number): string {
  const lines = text.slice(0, at).split("\n");
  return ` (line ${lines.length} column ${lines.at(-1)!.length + 1})`;
}

/** Folds case as Go's encoding/json does: also the long s and the Kelvin sign. */
function foldCase(key: string): string {
  return key.toUpperCase().toLowerCase();
}

/** Tells whether the value is an object with keys: neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Writes JSON as Go and others write manifests: no spaces, keys in the order given. */
export function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
