/** Replaces as Go's `Regexp.ReplaceAll` does, which differs from JavaScript in three small ways. */
import { groupName } from "./go-regexp.ts";

/**
 * The text with all matches replaced. Unlike JavaScript's: an empty match right after another does
 * not count, `$1x` names the group `1x`, and a group that there is not is empty.
 * @see https://pkg.go.dev/regexp#Regexp.Expand
 */
export function goReplaceAll(text: string, regex: RegExp, replacement: string): string {
  const all = new RegExp(regex.source, `${regex.flags}g`);
  let result = "";
  let last = 0;
  let ended = -1;
  for (const match of text.matchAll(all)) {
    const end = match.index + match[0].length;
    if (match[0] === "" && match.index === ended) continue;
    result += text.slice(last, match.index) + expanded(replacement, match);
    last = ended = end;
  }
  return result + text.slice(last);
}

const VARIABLE = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

function expanded(template: string, match: RegExpMatchArray): string {
  if (!template.includes("$")) return template;
  return template.replace(VARIABLE, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) return whole === "$$" ? "$" : whole;
    const group = /^\d+$/.test(name) ? match[Number(name)] : match.groups?.[groupName(name)];
    return group ?? "";
  });
}
