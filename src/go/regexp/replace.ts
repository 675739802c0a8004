/** Replaces matches as Go's `Regexp.ReplaceAll` does, which differs from JavaScript in three ways. */
import { NixociError } from "../../base/errors.ts";
import type { GoRegExp, Match } from "./regexp.ts";

/** Four times the longest path in Linux; a tar header has room for it. */
const MAX_LENGTH = 16 * 1024;

/**
 * Replaces all matches in the text. Unlike in JavaScript, an empty match right after another does not
 * count, `$1x` names the group `1x`, and a group that does not exist is empty.
 * @see https://pkg.go.dev/regexp#Regexp.Expand
 * @throws NixociError `MALFORMED` for a result that is too long for a path.
 */
export function replaceGoMatches(text: string, regex: GoRegExp, replacement: string): string {
  let result = "";
  let last = 0;
  let ended = -1;
  for (let at = 0; at <= text.length;) {
    const match = regex.matchFrom(text, at);
    if (match === undefined) break;
    const [begin = 0, end = 0] = match;
    at = end > at ? end : at + computeWidth(text, at);
    if (begin === end && begin === ended) continue;
    result += text.slice(last, begin) + expandTemplate(replacement, text, match, regex.names);
    if (result.length > MAX_LENGTH) throw tooLongError();
    last = ended = end;
  }
  return result + text.slice(last);
}

function tooLongError(): NixociError {
  const message = `a rewrite makes a path of more than ${MAX_LENGTH} characters`;
  return new NixociError("MALFORMED", message, { hint: "let it replace less, or by less" });
}

const VARIABLE = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

function expandTemplate(
  template: string,
  text: string,
  match: Match,
  names: GoRegExp["names"],
): string {
  if (!template.includes("$")) return template;
  return template.replace(VARIABLE, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) return whole === "$$" ? "$" : whole;
    const group = /^\d+$/.test(name) ? Number(name) : names.get(name);
    const [begin = -1, end = -1] = group === undefined
      ? []
      : [match[2 * group], match[2 * group + 1]];
    return begin < 0 ? "" : text.slice(begin, end);
  });
}

/** Returns the number of UTF-16 units of the character there; 1 at the end. */
function computeWidth(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
