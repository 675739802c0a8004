/**
 * Regular expressions as Go has them (RE2's syntax), said in JavaScript's: rules for files were
 * written for nix2container, which is a Go program. Characters and their classes are JavaScript's;
 * matching is our own.
 * @see https://github.com/google/re2/wiki/Syntax
 */
import { NixociError } from "../../base/errors.ts";
import { escapeLiteral, SHORTHANDS, translateBrackets, translateEscape } from "./classes.ts";
import { type Match, matchFrom } from "./match.ts";
import { programOf, type RegExpPiece } from "./program.ts";

/** A compiled expression. */
export interface GoRegExp {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
  /** The leftmost match at or after the place. */
  matchFrom(text: string, from: number): Match | undefined;
  /** Numbers of named groups. */
  readonly names: ReadonlyMap<string, number>;
}

/** The flags in force; a group has its own. */
interface Flags {
  readonly i: boolean;
  readonly s: boolean;
  readonly m: boolean;
  readonly U: boolean;
}

/**
 * Compiles it. Matching takes linear time, whatever the expression.
 * @throws NixociError `MALFORMED` for what Go would refuse.
 */
export function goRegExp(source: string): GoRegExp {
  const pieces = translateSource(source);
  const whole = pieces.map(({ said }) => said).join("");
  let native: RegExp;
  try {
    native = new RegExp(whole, pieces[0]?.ignoreCase ? "giu" : "gu");
  } catch (cause) {
    throw refusedError(source, "it is malformed, or JavaScript has no such thing", { cause });
  }
  try {
    return isHarmless(pieces) ? compileNative(native) : compileLinear(pieces);
  } catch (cause) {
    throw refusedError(source, cause instanceof RangeError ? cause.message : "it is malformed", {
      cause,
    });
  }
}

/**
 * Whether JavaScript's own matcher, which is quicker, cannot run away with it: most rules repeat
 * nothing, or one thing. There are no groups then, and nothing that looks behind: it would look into
 * halves of characters.
 */
function isHarmless(pieces: readonly RegExpPiece[]): boolean {
  return pieces.filter(({ said }) => /^[*+?{]/.test(said)).length <= 1 &&
    pieces.every(({ said }) => !said.startsWith("(") || said === "(?:^)" || said === "(?:$)") &&
    pieces.every(({ ignoreCase }) => ignoreCase === pieces[0]!.ignoreCase);
}

function compileNative(regex: RegExp): GoRegExp {
  const from = (text: string, at: number): Match | undefined => {
    regex.lastIndex = at;
    const match = regex.exec(text);
    return match === null ? undefined : [match.index, match.index + match[0].length];
  };
  return { test: (text) => from(text, 0) !== undefined, matchFrom: from, names: new Map() };
}

function compileLinear(pieces: readonly RegExpPiece[]): GoRegExp {
  const program = programOf(pieces);
  const from = (text: string, at: number) => matchFrom(program, text, at);
  return { test: (text) => from(text, 0) !== undefined, matchFrom: from, names: program.names };
}

function translateSource(source: string): RegExpPiece[] {
  const outer: Flags[] = [];
  let flags: Flags = { i: false, s: false, m: false, U: false };
  const pieces: RegExpPiece[] = [];
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const group = /^\((?:\?(?:P?<(\w+)>|([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])))?/.exec(rest);
    if (rest.startsWith("(?") && (group === null || group[0] === "(")) {
      throw refusedError(source, `Go has no groups that begin with ${rest.slice(0, 3)}`);
    }
    if (group !== null) {
      const [whole, name, on = "", off = "", end] = group;
      const changed = flagsAfter(flags, on, off, source);
      if (end !== ")") {
        outer.push(flags);
        const said = name !== undefined ? `(?<${groupNameOf(name)}>` : end === ":" ? "(?:" : "(";
        pieces.push({ said, ignoreCase: false });
      }
      flags = changed;
      at += whole.length;
      continue;
    }
    const [length, ...said] = translatePiece(rest, flags, source);
    pieces.push(...said.map((said) => ({ said, ignoreCase: flags.i })));
    if (rest[0] === ")") flags = outer.pop() ?? flags;
    at += length;
  }
  return pieces;
}

/** Names of groups may begin with a digit in Go. */
function groupNameOf(name: string): string {
  return `_${name}`;
}

function flagsAfter(flags: Flags, on: string, off: string, source: string): Flags {
  for (const flag of on + off) {
    if (!"imsU".includes(flag)) throw refusedError(source, `Go has no flag ${flag}`);
  }
  const now = (flag: keyof Flags) => on.includes(flag) || (flags[flag] && !off.includes(flag));
  return { i: now("i"), s: now("s"), m: now("m"), U: now("U") };
}

/** What stands first there, and how JavaScript says it, one by one; no groups. */
function translatePiece(
  rest: string,
  flags: Flags,
  source: string,
): [length: number, ...said: string[]] {
  const quoted = /^\\Q([\s\S]*?)(?:\\E|$)/.exec(rest);
  if (quoted) return [quoted[0].length, ...[...quoted[1]!].map(escapeLiteral)];
  const repeat = /^(?:[*+?]|\{(\d+)(?:,(\d*))?\})(\??)/.exec(rest);
  if (repeat) return [repeat[0].length, translateRepetition(repeat, rest, flags, source)];
  switch (rest[0]) {
    case ".":
      return [1, flags.s ? "[^]" : "[^\\n]"];
    // JavaScript's own lines end at \r and at U+2028 too; and it repeats no bare assertion.
    case "^":
      return [1, flags.m ? "(?:(?<![^\\n]))" : "(?:^)"];
    case "$":
      return [1, flags.m ? "(?:(?![^\\n]))" : "(?:$)"];
    case "|":
    case ")":
      return [1, rest[0]];
    case "[":
      return translateBrackets(rest, (why) => refusedError(source, why));
    case "\\":
      return translateBackslash(rest, source);
  }
  const character = String.fromCodePoint(rest.codePointAt(0)!);
  return [character.length, escapeLiteral(character)];
}

/** A repetition, its greediness swapped under the flag U. */
function translateRepetition(
  match: RegExpExecArray,
  rest: string,
  flags: Flags,
  source: string,
): string {
  const [whole, least, most, lazy] = match;
  if (/^[*+?]|^\{\d+(?:,\d*)?\}/.test(rest.slice(whole.length))) {
    throw refusedError(source, `a repetition of the repetition ${whole}`);
  }
  if (Math.max(Number(least ?? 0), Number(most ?? 0)) > 1000) {
    throw refusedError(source, "it repeats something more than 1000 times");
  }
  const bare = lazy === "" ? whole : whole.slice(0, -1);
  return (lazy === "?") !== flags.U ? `${bare}?` : bare;
}

const ASSERTIONS: Readonly<Record<string, string>> = { A: "^", z: "$", b: "\\b", B: "\\B" };

/** A backslash and what it makes special, outside of brackets. */
function translateBackslash(rest: string, source: string): [length: number, said: string] {
  const next = rest[1] ?? "";
  if (Object.hasOwn(ASSERTIONS, next)) return [2, `(?:${ASSERTIONS[next]})`];
  if (Object.hasOwn(SHORTHANDS, next)) return [2, `[${SHORTHANDS[next]}]`];
  return translateEscape(rest, (why) => refusedError(source, why));
}

function refusedError(
  source: string,
  why: string,
  { cause }: { cause?: unknown } = {},
): NixociError {
  return new NixociError("MALFORMED", `the regular expression ${JSON.stringify(source)}: ${why}`, {
    ...(cause !== undefined && { cause }),
    hint: "it is in the syntax of Go: https://golang.org/s/re2syntax",
  });
}
