/** Makes text from elsewhere safe for one line of a message and for a terminal. */

// C0, DEL and C1 controls; line and paragraph separators; the marks that reorder text (Trojan Source,
// CVE-2021-42574) or cannot be seen.
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Puts the text on one line and writes control characters as escapes, because names from images,
 * registries and users must not be able to control the terminal.
 */
export function toOneLine(text: string): string {
  return text.replace(UNSAFE, (char) => SHORT[char] ?? escapeCode(char.charCodeAt(0)));
}

function escapeCode(code: number): string {
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

const MAX_LENGTH = 300;

// Shorter secrets look like ordinary words: masking those would reveal them.
const SHORTEST_SECRET = 4;

/**
 * Prepares a peer's text for an error message: on one line, cut where it is long. Servers repeat what
 * they were sent, so the secrets in it become `***`.
 */
export function redactReply(text: string, secrets: Iterable<string> = []): string {
  const line = toOneLine(
    redactSecrets(text, secrets).replace(/\s+/g, " ").trim().slice(0, MAX_LENGTH + 1),
  );
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

/** Replaces secrets, the longest first, because one may contain another. */
function redactSecrets(text: string, secrets: Iterable<string>): string {
  return [...secrets]
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}
