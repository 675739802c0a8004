/** What a source says of store paths, before a store makes it whole. */
import { NixociError } from "../../base/errors.ts";
import type { PathInfo } from "../formats/path-info.ts";

/** Sizes may be missing: old databases and the old exportReferencesGraph do not have them. */
export type PathDescription = Omit<PathInfo, "narSize"> & { readonly narSize?: number };

/** Where a store looks things up. */
export interface PathLookup {
  /** By store path. */
  info(path: string): PathDescription | undefined;
  /** By the 32 characters of hash in a store path. */
  find(hash: string): PathDescription | undefined;
  close(): void;
}

/** A description that is none. */
export function malformedError(why: string): NixociError {
  return new NixociError("MALFORMED", why, {
    hint: "make it with nix path-info --json -r, closureInfo, or exportReferencesGraph",
  });
}

/** A number of bytes, or of seconds. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
