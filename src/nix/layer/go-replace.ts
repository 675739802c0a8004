/** Replaces as Go's `Regexp.ReplaceAll` does, which differs from JavaScript in three small ways. */
import { type Match, widthAt } from "./go-match.ts";
import type { GoRegExp } from "./go-regexp.ts";

/**
 * The text with all matches replaced. Unlike JavaScript's: an empty match right after another does
 * not count, `$1x` names the group `1x`, and a group that there is not is empty.
 * @see https://pkg.go.dev/regexp#Regexp.Expand
 */
export function goReplaceAll(text: string, regex: GoRegExp, replacement: string): string {
  let result = "";
  let last = 0;
  let ended = -1;
  for (let at = 0; at <= text.length;) {
    const match = regex.matchFrom(text, at);
    if (match === undefined) break;
    const [begin = 0, end = 0] = match;
    at = end > at ? end : at + widthAt(text, at);
    if (begin === end && begin === ended) continue;
    result += text.slice(last, begin) + expanded(replacement, text, match, regex.names);
    last = ended = end;
  }
  return result + text.slice(last);
}

const VARIABLE = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

function expanded(template: string, text: string, match: Match, names: GoRegExp["names"]): string {
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
