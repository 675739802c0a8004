/**
 * Compiles regular expressions in Go's syntax (RE2's): rules for files were written for
 * nix2container, which is a Go program. The matcher is re2js, which takes linear time as Go's does.
 * @see https://github.com/google/re2/wiki/Syntax
 */
import type { RE2JS } from "re2js";
import { NixociError, reasonOf } from "../../base/errors.ts";
import { spellProperties } from "./properties.ts";

/** The begin and end of each group, at `2n` and `2n + 1`; -1 for groups that took no part. */
export type Match = readonly number[];

/** A compiled expression. */
export interface GoRegExp {
  /** Tells whether it matches anywhere in the text. */
  test(text: string): boolean;
  /** Finds the leftmost match at or after the position. */
  matchFrom(text: string, from: number): Match | undefined;
  /** The numbers of named groups. */
  readonly names: ReadonlyMap<string, number>;
}

let library: typeof RE2JS | undefined;

/** Loads what compiles expressions: it is large, and most builds have none. */
export async function loadGoRegExps(): Promise<void> {
  library ??= (await import("re2js")).RE2JS;
}

/**
 * Compiles an expression, once {@link loadGoRegExps} is done. Matching takes linear time, whatever the
 * expression is. Bytes that are not UTF-8, which texts have as halves of characters (see `decodeName`),
 * match as U+FFFD, as they do in Go.
 * @throws NixociError `MALFORMED` for expressions that Go refuses.
 */
export function compileGoRegExp(source: string): GoRegExp {
  if (library === undefined) throw new Error("loadGoRegExps() has to be awaited first");
  let regex: RE2JS;
  try {
    checkDepth(source);
    regex = library.compile(spellProperties(source));
  } catch (cause) {
    const why = reasonOf(cause).replace(/^error parsing regexp: /, "");
    const message = `the regular expression ${JSON.stringify(source)}: ${why}`;
    throw new NixociError("MALFORMED", message, {
      cause,
      hint: "it is in the syntax of Go: https://golang.org/s/re2syntax",
    });
  }
  return {
    test: (text) => regex.test(text.toWellFormed()),
    matchFrom: (text, from) => findFrom(regex, text.toWellFormed(), from),
    names: new Map(Object.entries(regex.namedGroups())),
  };
}

/** Go's limit. */
const MAX_DEPTH = 1000;

function checkDepth(source: string): void {
  let depth = 0;
  for (const [piece] of source.matchAll(/\\Q[^]*?(?:\\E|$)|\\[^]|[()]/g)) {
    depth += piece === "(" ? 1 : piece === ")" ? -1 : 0;
    if (depth > MAX_DEPTH) throw new Error("it is nested too deeply");
  }
}

function findFrom(regex: RE2JS, text: string, from: number): Match | undefined {
  const matcher = regex.matcher(text);
  if (!matcher.find(from)) return undefined;
  const groups = Array.from({ length: regex.groupCount() + 1 }, (_, i) => i);
  return groups.flatMap((group) => [matcher.start(group), matcher.end(group)]);
}
