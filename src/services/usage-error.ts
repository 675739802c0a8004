/** Errors of fields that users write. */
import { NixociError } from "../base/errors.ts";

/** Makes the error of a field that is wrong. @param message begins with the field. */
export function usageError(message: string, hint: string): NixociError {
  return new NixociError("USAGE", message, { hint });
}
