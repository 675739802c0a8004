/** The rules for fields that several parts of a recipe have. */
import { NixociError } from "../base/errors.ts";
import { quoteName } from "../tar/name.ts";

/** Refuses what is not an absolute path, or not in its plainest form. */
export function checkPlace(field: string, path: string): void {
  const isPlain = path === "/" || (path.startsWith("/") && !UNPLAIN.test(path));
  if (!isPlain) throw fieldError(field, path, "an absolute path without . and .. in it");
}

/** Parts that no path in its plainest form has: nothing, `.` or `..`, between slashes or at the end. */
const UNPLAIN = /\0|\/\.{0,2}(?:\/|$)/;

/** Refuses what is not a user's or group's number. */
export function checkId(field: string, id: number): void {
  if (!Number.isSafeInteger(id) || id < 0) throw fieldError(field, id, "a whole number, 0 or more");
}

/** Refuses a name that no header can hold. */
export function checkName(field: string, name: string | undefined): void {
  if (name?.includes("\0")) throw fieldError(field, name, "a name without NUL");
}

/** Refuses what is not a time of a file. */
export function checkTime(field: string, mtime: number): void {
  if (!Number.isSafeInteger(mtime)) throw fieldError(field, mtime, "whole seconds since 1970");
}

/** Returns the error for a field: what it is, and what it must be. */
export function fieldError(field: string, value: string | number, right: string): NixociError {
  const shown = typeof value === "string" ? quoteName(value) : value;
  return new NixociError("MALFORMED", `${field} of a layer is ${shown}: it must be ${right}`);
}
