/** Descriptions of store paths, before a store completes them. */
import { NixociError } from "../../base/errors.ts";
import type { PathInfo } from "../formats/path-info.ts";

/**
 * A store path as a source describes it. The size may be missing: old databases and the old
 * exportReferencesGraph do not have it.
 */
export type PathDescription = Omit<PathInfo, "narSize"> & { readonly narSize?: number };

/** A source that a store looks paths up in. */
export interface PathLookup {
  /** Looks up a store path. */
  info(path: string): PathDescription | undefined;
  /** Looks up the 32 characters of hash in a store path. */
  find(hash: string): PathDescription | undefined;
  close(): void;
}

/** Returns the error for a malformed description. */
export function descriptionError(why: string): NixociError {
  return new NixociError("MALFORMED", why, {
    hint: "make it with nix path-info --json -r, closureInfo, or exportReferencesGraph",
  });
}

/** Tells whether a value is a number of bytes, or of seconds. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
