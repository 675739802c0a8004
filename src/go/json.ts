/**
 * JSON byte for byte as Go's encoding/json writes maps and raw values, where the bytes have to be
 * those of a tool written in Go.
 * @see https://pkg.go.dev/encoding/json#Marshal (sorted keys, HTML escaped)
 */
const STRING = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
const SPACE = new RegExp(`(${STRING})|[ \\t\\n\\r]+`, "gs");
const TOKEN = new RegExp(`${STRING}|[{}[\\],]`, "gs");

/** An object with these members, each value as text that is JSON already. */
export function goObject(members: ReadonlyMap<string, string>): string {
  const sorted = [...members].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
}

/**
 * The members of an object, each value as Go writes a raw one again: without spaces, and with
 * escapes for what HTML would mistake, but else as it was written.
 * @param text a valid JSON object.
 */
export function goMembers(text: string): Map<string, string> {
  const compact = goEscaped(text.replace(SPACE, "$1"));
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
 * JSON with the escapes that Go's encoding/json writes, for those who put it into HTML.
 * @see https://pkg.go.dev/encoding/json#HTMLEscape
 */
export function goEscaped(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
