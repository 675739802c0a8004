/**
 * Regular expressions as Go has them (RE2's syntax), said in JavaScript's: rules for files were
 * written for nix2container, which is a Go program. What has no counterpart is refused by name.
 * @see https://github.com/google/re2/wiki/Syntax
 */
import { NixociError } from "../../errors.ts";
import { bracketClass, escapeClass, literal, SHORT } from "./go-classes.ts";

/** The flags in force; a group has its own. `i` holds for the whole expression. */
interface Flags {
  readonly s: boolean;
  readonly m: boolean;
  readonly U: boolean;
}

/**
 * Compiles it, for matching anywhere in a text.
 * @throws NixociError `MALFORMED` for what Go would refuse, `UNSUPPORTED` for flags in the middle
 * that only Go has.
 */
export function goRegExp(source: string): RegExp {
  const { pattern, ignoreCase } = translated(source);
  try {
    return new RegExp(pattern, ignoreCase ? "iu" : "u");
  } catch (cause) {
    throw refused(source, "it is malformed, or JavaScript has no such thing", { cause });
  }
}

function translated(source: string): { pattern: string; ignoreCase: boolean } {
  const outer: Flags[] = [];
  let flags: Flags = { s: false, m: false, U: false };
  let pattern = "";
  let ignoreCase = false;
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const group = /^\((?:\?(?:P?<(\w+)>|([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])))?/.exec(rest);
    if (rest.startsWith("(?") && (group === null || group[0] === "(")) {
      throw refused(source, `Go has no groups that begin with ${rest.slice(0, 3)}`);
    }
    if (group !== null) {
      const [whole, name, on = "", off = "", end] = group;
      const changed = flagsAfter(flags, on, off, source);
      if ((on + off).includes("i")) {
        if (at > 0) {
          throw refused(source, "the flag i can only stand at its beginning", UNSUPPORTED);
        }
        if (end === ":") throw refused(source, "write (?i) for (?i:…)", UNSUPPORTED);
        ignoreCase = on.includes("i");
      }
      if (end === ")") flags = changed;
      else {
        outer.push(flags);
        flags = changed;
        pattern += name !== undefined ? `(?<${groupName(name)}>` : end === ":" ? "(?:" : "(";
      }
      at += whole.length;
      continue;
    }
    const [length, said] = piece(rest, flags, source);
    if (rest[0] === ")") flags = outer.pop() ?? flags;
    pattern += said;
    at += length;
  }
  return { pattern, ignoreCase };
}

/** Names of groups may begin with a digit in Go. */
export function groupName(name: string): string {
  return `_${name}`;
}

const UNSUPPORTED = { code: "UNSUPPORTED" } as const;

function flagsAfter(flags: Flags, on: string, off: string, source: string): Flags {
  for (const flag of on + off) {
    if (!"imsU".includes(flag)) throw refused(source, `Go has no flag ${flag}`);
  }
  const now = (flag: keyof Flags) => on.includes(flag) || (flags[flag] && !off.includes(flag));
  return { s: now("s"), m: now("m"), U: now("U") };
}

/** What stands first there, and how JavaScript says it; no groups. */
function piece(rest: string, flags: Flags, source: string): [length: number, said: string] {
  const quoted = /^\\Q([\s\S]*?)(?:\\E|$)/.exec(rest);
  if (quoted) return [quoted[0].length, [...quoted[1]!].map(literal).join("")];
  const repeat = /^(?:[*+?]|\{(\d+)(?:,(\d*))?\})(\??)/.exec(rest);
  if (repeat) return [repeat[0].length, repetition(repeat, rest, flags, source)];
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
      return bracketClass(rest, (why) => refused(source, why));
    case "\\":
      return escape(rest, source);
  }
  const character = String.fromCodePoint(rest.codePointAt(0)!);
  return [character.length, literal(character)];
}

/** A repetition, its greediness swapped under the flag U. */
function repetition(match: RegExpExecArray, rest: string, flags: Flags, source: string): string {
  const [whole, least, most, lazy] = match;
  if (/^[*+?]|^\{\d+(?:,\d*)?\}/.test(rest.slice(whole.length))) {
    throw refused(source, `a repetition of the repetition ${whole}`);
  }
  if (Math.max(Number(least ?? 0), Number(most ?? 0)) > 1000) {
    throw refused(source, "it repeats something more than 1000 times");
  }
  const bare = lazy === "" ? whole : whole.slice(0, -1);
  return (lazy === "?") !== flags.U ? `${bare}?` : bare;
}

const ASSERTIONS: Readonly<Record<string, string>> = { A: "^", z: "$", b: "\\b", B: "\\B" };

/** A backslash and what it makes special, outside of brackets. */
function escape(rest: string, source: string): [length: number, said: string] {
  const next = rest[1] ?? "";
  if (Object.hasOwn(ASSERTIONS, next)) return [2, `(?:${ASSERTIONS[next]})`];
  if (Object.hasOwn(SHORT, next)) return [2, `[${SHORT[next]}]`];
  return escapeClass(rest, (why) => refused(source, why));
}

function refused(
  source: string,
  why: string,
  { code = "MALFORMED", cause }: { code?: "MALFORMED" | "UNSUPPORTED"; cause?: unknown } = {},
): NixociError {
  return new NixociError(code, `the regular expression ${JSON.stringify(source)}: ${why}`, {
    ...(cause !== undefined && { cause }),
    hint: "it is in the syntax of Go: https://golang.org/s/re2syntax",
  });
}
