/** Text from a server, made fit for a terminal. */

// Controls, and the marks that reorder text (Trojan Source, CVE-2021-42574).
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const MAX_LENGTH = 300;

// Shorter secrets are words like any others: to mask those would point them out.
const SHORTEST_SECRET = 4;

/**
 * The text with what could move the cursor or hide text escaped, and cut where it is long. Servers
 * repeat what they were sent: the secrets in it become `***`.
 */
export function printable(text: string, secrets: Iterable<string> = []): string {
  const escaped = masked(text, secrets).slice(0, MAX_LENGTH + 1).replace(
    UNPRINTABLE,
    (c) => c === "\n" || c === "\t" ? " " : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped.length > MAX_LENGTH ? `${escaped.slice(0, MAX_LENGTH)}…` : escaped;
}

/** The longest first, as one may have another in it. */
function masked(text: string, secrets: Iterable<string>): string {
  return [...secrets]
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}
