/**
 * Compiles regular expressions in Go's syntax (RE2's): rules for files were written for
 * nix2container, which is a Go program. JavaScript's own expressions test the characters and their
 * classes; the matcher is ours.
 * @see https://github.com/google/re2/wiki/Syntax
 */
import { NixociError } from "../../base/errors.ts";
import { escapeLiteral, SHORTHANDS, translateBrackets, translateEscape } from "./classes.ts";
import { type Match, matchFrom } from "./match.ts";
import { programOf, type RegExpPiece } from "./program.ts";

/** A compiled expression. */
export interface GoRegExp {
  /** Tells whether it matches anywhere in the text. */
  test(text: string): boolean;
  /** Finds the leftmost match at or after the position. */
  matchFrom(text: string, from: number): Match | undefined;
  /** The numbers of named groups. */
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
 * Compiles an expression. Matching takes linear time, whatever the expression is.
 * @throws NixociError `MALFORMED` for expressions that Go refuses.
 */
export function compileGoRegExp(source: string): GoRegExp {
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
 * Tells whether JavaScript's own matcher, which is faster, is safe: it takes linear time where nothing
 * is repeated, or one thing, as in most rules. Groups are excluded, and so is looking behind, because
 * that would see halves of characters.
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

/** Returns a group's name for JavaScript, because names may begin with a digit in Go. */
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

/** Translates the first piece of the rest, which is no group; returns its length, too. */
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
    // JavaScript's own lines end at \r and at U+2028 too; and it cannot repeat a bare assertion.
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

/** Translates a repetition; the flag U swaps greedy and lazy. */
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

/** Translates a backslash and what follows, outside of brackets. */
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
    cause,
    hint: "it is in the syntax of Go: https://golang.org/s/re2syntax",
  });
}
