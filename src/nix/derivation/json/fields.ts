/** Reads fields of JSON, each of the kind that it has to be. */
import type { NixociError } from "../../../base/errors.ts";
import { derivationError } from "../derivation.ts";
import { isJsonObject, type JsonValue } from "./value.ts";

/** Fields of an object. */
export type ShownFields = Readonly<Record<string, JsonValue>>;

/** Returns an object. @param what names the field. @throws NixociError `MALFORMED`. */
export function objectOf(value: JsonValue | undefined, what: string): ShownFields {
  if (isJsonObject(value)) return value;
  throw fieldError(value, what, "an object");
}

/** Returns a list of texts. @throws NixociError `MALFORMED`. */
export function textsOf(value: JsonValue | undefined, what: string): string[] {
  if (Array.isArray(value)) return value.map((one) => textOf(one, what));
  throw fieldError(value, what, "a list");
}

/** Returns a text. @throws NixociError `MALFORMED`. */
export function textOf(value: JsonValue | undefined, what: string): string {
  if (typeof value === "string") return value;
  throw fieldError(value, what, "a text");
}

function fieldError(value: JsonValue | undefined, what: string, wanted: string): NixociError {
  return derivationError(value === undefined ? `it has no ${what}` : `its ${what}: not ${wanted}`);
}
