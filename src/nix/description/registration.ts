/**
 * Reads and writes registrations: lines that `nix-store --load-db` reads and `--dump-db` prints,
 * closureInfo's `registration`, and the older form without hashes that exportReferencesGraph
 * writes.
 * @see https://nix.dev/manual/nix/latest/command-ref/nix-store/load-db
 */
import { type Digest, encodedOf } from "../../bytes/digest.ts";
import { NixociError } from "../../base/errors.ts";
import { parseHash } from "../formats/hash.ts";
import type { Closure } from "../formats/path-info.ts";
import { descriptionError, type PathDescription } from "./path-description.ts";

/** A store path of any store, as far as it tells one from a line of another file. */
const STORE_PATH = /^\/.*\/[0-9a-z]{32}-[^/]+$/;

/**
 * Parses the paths that a text registers: for each its path, hash and size (or neither, in all of
 * them), deriver, number of references, and these, a line each.
 * @throws NixociError `MALFORMED`.
 */
export function parseRegistration(text: string): PathDescription[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw descriptionError("it is cut short: its last line has no end");
  let at = 0;
  const line = (what: string): string => {
    if (at < lines.length) return lines[at++]!;
    throw cutShortError(what);
  };
  const count = (what: string): number => {
    const digits = line(what);
    if (/^[0-9]{1,15}$/.test(digits)) return Number(digits);
    throw descriptionError(`line ${at} is not ${what}`);
  };
  const described: PathDescription[] = [];
  while (at < lines.length) {
    const path = line("a path");
    // What is not a registration may be anything, which no message says.
    if (!STORE_PATH.test(path)) throw descriptionError(`line ${at} is not a store path`);
    const second = line(`what is known of ${path}`);
    const isHashed = second !== "" && !second.startsWith("/");
    const narHash = isHashed ? parseHashAt(second, at) : undefined;
    const narSize = isHashed ? count(`the size of ${path}`) : undefined;
    const deriver = isHashed ? line(`the deriver of ${path}`) : second;
    const length = count(`the number of references of ${path}`);
    if (length > lines.length - at) throw cutShortError(`a reference of ${path}`);
    const references = lines.slice(at, at += length);
    described.push({
      path,
      references,
      ...(narHash === undefined ? {} : { narHash }),
      ...(narSize === undefined ? {} : { narSize }),
      ...(deriver === "" ? {} : { deriver }),
    });
  }
  return described;
}

function parseHashAt(text: string, line: number): Digest {
  try {
    return parseHash(text);
  } catch {
    throw descriptionError(`line ${line} is not a hash`);
  }
}

function cutShortError(what: string): NixociError {
  return descriptionError(`it is cut short: ${what} is missing`);
}

/**
 * Formats a closure as `nix-store --load-db` reads it. Derivers are left out, as closureInfo does:
 * the same closure gives the same text, wherever it was built.
 * @throws NixociError `INCOMPLETE` when a path's hash is not known.
 * @example
 * ```ts
 * import { digestOf, formatRegistration } from "nixoci";
 *
 * const path = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-hello-2.12";
 * const narHash = digestOf(new Uint8Array());
 * const lines = formatRegistration([{ path, narHash, narSize: 0, references: [] }]).split("\n");
 * console.log(lines[0] === path, lines[2]); // true 0
 * ```
 */
export function formatRegistration(closure: Closure): string {
  return closure.map(({ path, narHash, narSize, references }) => {
    if (narHash === undefined) {
      throw new NixociError("INCOMPLETE", `Cannot register ${path}: its NAR hash is not known`, {
        hint: "describe the closure with nix path-info --json, which tells hashes",
      });
    }
    const lines = [path, encodedOf(narHash), narSize, "", references.length, ...references];
    return `${lines.join("\n")}\n`;
  }).join("");
}
