/**
 * Writes JSON as Go's encoding/json writes maps and raw values, where the bytes must be those of a
 * tool written in Go.
 * @see https://pkg.go.dev/encoding/json#Marshal (sorted keys, HTML escaped)
 */
const STRING = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
const SPACE = new RegExp(`(${STRING})|[ \\t\\n\\r]+`, "gs");
const TOKEN = new RegExp(`${STRING}|[{}[\\],]`, "gs");

/** Encodes an object with these members, each value as text that is JSON already. */
export function encodeGoObject(members: ReadonlyMap<string, string>): string {
  const sorted = [...members].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
}

/**
 * Parses an object into its members, each value as Go writes a raw one again: without spaces, with
 * escapes for HTML's special characters, and otherwise as it was written.
 * @param text a valid JSON object.
 */
export function parseGoObject(text: string): Map<string, string> {
  const compact = escapeGoJson(text.replace(SPACE, "$1"));
  const members = new Map<string, string>();
  let depth = 0;
  let start = 1;
  for (const { 0: token, index } of compact.matchAll(TOKEN)) {
    const isEnd = depth === 1 && (token === "," || token === "}");
    if (isEnd && index > start) {
      const [key = ""] = new RegExp(STRING, "ys").exec(compact.slice(start)) ?? [];
      members.set(JSON.parse(key), compact.slice(start + key.length + 1, index));
      start = index + 1;
    }
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
  }
  return members;
}

/**
 * Escapes in JSON what Go's encoding/json escapes, to make it safe within HTML.
 * @see https://pkg.go.dev/encoding/json#HTMLEscape
 */
export function escapeGoJson(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
