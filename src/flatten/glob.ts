/** Patterns for paths, as shells and tar have them. */
import { NixociError } from "../base/errors.ts";

/** A selection of paths, by patterns. */
export interface Selection {
  /** Takes only paths that one of these matches; all when there are none. */
  readonly paths?: readonly string[];
  /** Leaves out paths that one of these matches, even if `paths` does. */
  readonly excludes?: readonly string[];
}

/**
 * Creates a function that tells whether a path is selected; `undefined` when all are. A path below
 * a match matches, too.
 * @throws NixociError `USAGE` for a malformed pattern.
 */
export function createSelector(selection: Selection): ((path: string) => boolean) | undefined {
  const paths = (selection.paths ?? []).map(patternOf);
  const excludes = (selection.excludes ?? []).map(patternOf);
  if (paths.length === 0 && excludes.length === 0) return undefined;
  return (path) =>
    (paths.length === 0 || paths.some((pattern) => pattern.test(path))) &&
    !excludes.some((pattern) => pattern.test(path));
}

/**
 * Compiles a pattern, which begins at the root of the image, whose leading slash may be left out:
 * `*` and `?` stand for anything but a slash, `**` for slashes, too, and `[a-z]`, `[!a-z]` for one
 * of these; a backslash takes the meaning away.
 */
export function patternOf(glob: string): RegExp {
  const text = glob.replace(/^(?:\.?\/+)+/, "").replace(/\/+$/, "");
  // The root: everything is below it.
  if (text === "" || text === ".") return /^/;
  let source = "";
  for (let at = 0; at < text.length;) {
    const { part, length } = parsePart(text, at, glob);
    source += part;
    at += length;
  }
  return new RegExp(`^${source}(?:/|$)`, "su");
}

function parsePart(text: string, at: number, glob: string): { part: string; length: number } {
  const rest = text.slice(at);
  // `a/**/b` is also a/b, and `**/b` also b.
  if (/^\*\*\//.test(rest) && (at === 0 || text[at - 1] === "/")) {
    return { part: "(?:[^/]+/)*", length: 3 };
  }
  if (rest.startsWith("**")) return { part: ".*", length: 2 };
  if (rest.startsWith("*")) return { part: "[^/]*", length: 1 };
  if (rest.startsWith("?")) return { part: "[^/]", length: 1 };
  if (rest.startsWith("[")) {
    const [all, not, set] = /^\[([!^]?)(\]?[^\]]*)\]/u.exec(rest) ?? [];
    if (all === undefined) throw unclosedError(glob);
    const inside = set!.replace(/[\\\]\[^]/gu, "\\$&");
    return { part: `(?!/)[${not ? "^" : ""}${inside}]`, length: all.length };
  }
  if (rest.startsWith("\\") && rest.length > 1) {
    const [character = ""] = rest.slice(1);
    return { part: escapeCharacter(character), length: 1 + character.length };
  }
  const [character = ""] = rest;
  return { part: escapeCharacter(character), length: character.length };
}

function escapeCharacter(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/u.test(character) ? `\\${character}` : character;
}

function unclosedError(glob: string): NixociError {
  return new NixociError("USAGE", `the pattern ${JSON.stringify(glob)} has a [ without a ]`, {
    hint: "write \\[ for the character itself",
  });
}
