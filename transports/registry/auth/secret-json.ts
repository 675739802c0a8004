/** JSON that holds secrets: errors say where, never what. */
import { NixociError } from "../../../src/base/errors.ts";
import { isObject } from "../../../src/image/json.ts";

/**
 * Parses the object that the text is. Node's own error would quote the text, so it is left out, as cause
 * too.
 * @throws NixociError `MALFORMED`.
 */
export function parseSecretJson(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NixociError("MALFORMED", `${what} is not valid JSON`);
  }
  if (isObject(value)) return value;
  throw new NixociError("MALFORMED", `${what} is not a JSON object`);
}
