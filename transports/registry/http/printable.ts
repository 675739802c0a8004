/** Text from a server, made fit for a terminal. */

// Controls, and the marks that reorder text (Trojan Source, CVE-2021-42574).
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const MAX_LENGTH = 300;

/** The text with what could move the cursor or hide text escaped, and cut where it is long. */
export function printable(text: string): string {
  const escaped = text.slice(0, MAX_LENGTH + 1).replace(
    UNPRINTABLE,
    (c) => c === "\n" || c === "\t" ? " " : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped.length > MAX_LENGTH ? `${escaped.slice(0, MAX_LENGTH)}…` : escaped;
}
