/**
 * Parses store paths: `/nix/store/`, 32 characters of hash, a dash, a name.
 * @see https://nix.dev/manual/nix/latest/store/store-path
 */
import { NixociError } from "../../base/errors.ts";

/** The folder of stores by default. */
export const STORE_DIR = "/nix/store";

/** A store path, taken apart. */
export interface StorePath {
  /** All of it. */
  readonly path: string;
  /** 32 characters of Nix's base 32. */
  readonly hash: string;
  /** The name for people: `hello-2.12`. */
  readonly name: string;
}

const HASH = "[0-9a-df-np-sv-z]{32}";
const NAME = "[0-9A-Za-z+\\-._?=]{1,211}";
const BASE = new RegExp(`^(${HASH})-(${NAME})$`);
const BEGINNING = new RegExp(`^(${HASH})-(${NAME})`);

/** Names that a path or a URL would take for something else; Nix refuses them, too. */
const DOTS = /^\.\.?(?:-|$)/;

/**
 * Tells whether a text is a store path itself, not of a file in one.
 * @example
 * ```ts
 * import { isStorePath } from "nixoci";
 *
 * const path = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-hello-2.12";
 * console.log(isStorePath(path), isStorePath(`${path}/bin/hello`)); // true false
 * ```
 */
export function isStorePath(text: string, storeDir: string = STORE_DIR): boolean {
  const base = text.startsWith(`${storeDir}/`) ? text.slice(storeDir.length + 1) : "";
  const name = BASE.exec(base)?.[2];
  return name !== undefined && !DOTS.test(name);
}

/**
 * Parses a store path.
 * @throws NixociError `MALFORMED` when it is not one, or lies below one.
 * @example
 * ```ts
 * import { parseStorePath } from "nixoci";
 *
 * const path = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-hello-2.12";
 * console.log(parseStorePath(path).name); // hello-2.12
 * ```
 */
export function parseStorePath(text: string, storeDir: string = STORE_DIR): StorePath {
  if (!isStorePath(text, storeDir)) throw refusedError(text, reasonOf(text, storeDir), storeDir);
  const [, hash, name] = BASE.exec(text.slice(storeDir.length + 1))!;
  return { path: text, hash: hash!, name: name! };
}

/**
 * Returns the store path that a file lies in: `/nix/store/…-hello-2.12` for its `bin/hello`, or for
 * itself.
 * @throws NixociError `MALFORMED` when the text is not in the store.
 * @example
 * ```ts
 * import { storePathOf } from "nixoci";
 *
 * const path = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-hello-2.12";
 * console.log(storePathOf(`${path}/bin/hello`) === path); // true
 * ```
 */
export function storePathOf(text: string, storeDir: string = STORE_DIR): string {
  if (!text.startsWith(`${storeDir}/`)) {
    throw refusedError(text, `it is not in ${storeDir}`, storeDir);
  }
  const end = text.indexOf("/", storeDir.length + 1);
  return parseStorePath(end === -1 ? text : text.slice(0, end), storeDir).path;
}

/** Returns the hash of what is known to be a store path: the first 32 characters of its name. */
export function hashPartOf(path: string): string {
  const base = path.lastIndexOf("/") + 1;
  return path.slice(base, base + 32);
}

/** Returns the name of what is known to be a store path: what stands behind its hash and a dash. */
export function namePartOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 34);
}

/** Tells whether a path ends in the hash and name of a store path, wherever its store is. */
export function isAnyStorePath(path: string): boolean {
  return STORED.test(path);
}

const STORED = new RegExp(`/${HASH}-[^/]+$`);

/**
 * Finds what looks like a store path in a text, each once, sorted. The end of a name cannot always
 * be told ("…-hello." may end a sentence): ask the store by the hash, which is exact.
 * @example
 * ```ts
 * import { findStorePaths } from "nixoci";
 *
 * const script = "exec /nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-hello-2.12/bin/hello";
 * for (const { name } of findStorePaths(script)) console.log(name); // hello-2.12
 * ```
 */
export function findStorePaths(text: string, storeDir: string = STORE_DIR): StorePath[] {
  const found = new Map<string, StorePath>();
  for (const rest of text.split(`${storeDir}/`).slice(1)) {
    const [base, hash, name] = BEGINNING.exec(rest) ?? [];
    if (base === undefined) continue;
    const path = `${storeDir}/${base}`;
    found.set(path, { path, hash: hash!, name: name! });
  }
  return [...found.values()].sort((a, b) => a.path < b.path ? -1 : 1);
}

function reasonOf(text: string, storeDir: string): string {
  if (!text.startsWith(`${storeDir}/`)) return `it is not in ${storeDir}`;
  const base = text.slice(storeDir.length + 1);
  if (base.includes("/")) return "it lies below one";
  if (!new RegExp(`^${HASH}-`).test(base)) return "it does not begin with a hash and a dash";
  const name = base.slice(33);
  if (name === "") return "it has no name";
  if (name.length > 211) return `its name has ${name.length} characters, and 211 are allowed`;
  if (DOTS.test(name)) return "its name begins with dots";
  return "its name has characters other than letters, digits and + - . _ ? =";
}

function refusedError(text: string, reason: string, storeDir: string): NixociError {
  return new NixociError("MALFORMED", `${JSON.stringify(text)} is not a store path: ${reason}`, {
    hint: `store paths look like ${storeDir}/0c1x…-hello-2.12, with 32 characters before the dash`,
  });
}
