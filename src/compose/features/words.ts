/** The values of flags: words, and pairs. */
import { NixociError } from "../../base/errors.ts";

/**
 * Parses words, `a b` or `["a", "b"]`. Quotes mean something to shells; they are refused here, because
 * their author expects the same.
 * @throws NixociError `USAGE`.
 */
export function parseWords(text: string, flag: string): string[] {
  const hint = `write words, or --${flag} '["/bin/app", "an argument"]'`;
  if (!text.trimStart().startsWith("[")) {
    if (!/["']/.test(text)) return text.split(/\s+/).filter((word) => word !== "");
    throw new NixociError("USAGE", `--${flag}: ${text} has quotes in it, and no shell reads it`, {
      hint,
    });
  }
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((word) => typeof word === "string")) return list;
  } catch { /* said below */ }
  throw new NixociError("USAGE", `--${flag}: ${text} is not a JSON list of strings`, { hint });
}

/** Parses pairs, each `key=value`. @throws NixociError `USAGE`. */
export function parsePairs(texts: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(texts.map((text) => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new NixociError("USAGE", `--${flag}: ${JSON.stringify(text)} is not key=value`);
  }));
}
