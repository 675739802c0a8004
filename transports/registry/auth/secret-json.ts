/** JSON that holds secrets: errors say where, never what. */
import { NixociError } from "../../../src/base/errors.ts";
import { isObject } from "../../../src/image/json.ts";

/**
 * Parses the object that the text is. Node's own error would quote the text, so it is left out, as cause
 * too.
 * @throws NixociError `MALFORMED`.
 */
export function parseSecretJson(
  text: string,
  what: string,
  revive?: Reviver,
): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(text, revive);
  } catch {
    throw new NixociError("MALFORMED", `${what} is not valid JSON`);
  }
  if (isObject(value)) return value;
  throw new NixociError("MALFORMED", `${what} is not a JSON object`);
}

/**
 * Parses JSON to be written again: a number that JavaScript would write otherwise is kept as its digits,
 * for it is in a field of somebody else's. Throws as {@link parseSecretJson} does.
 */
export function parseSecretJsonWhole(text: string, what: string): Record<string, unknown> {
  return parseSecretJson(text, what, (_key, value, { source }) => {
    const isLost = typeof value === "number" && JSON.stringify(value) !== source;
    return isLost && source !== undefined ? rawJSON(source) : value;
  });
}

type Reviver = (key: string, value: unknown, from: { readonly source?: string }) => unknown;

// TypeScript does not know them yet.
const { rawJSON, parse } = JSON as unknown as {
  rawJSON(text: string): unknown;
  parse(text: string, revive?: Reviver): unknown;
};
