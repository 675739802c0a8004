/** A hash that says how a base image is made, whatever nixpkgs is in it. */
import { createHash } from "node:crypto";
import type { Spec } from "../../compose/spec/spec.ts";
import { formatNix32 } from "../../nix/formats/nix32.ts";

/** Counts up whenever other files or settings come of the same SPEC. */
const VERSION = 2;

/** As long as the hash of a store path: 32 characters. */
const HASH_BYTES = 20;

/**
 * Computes the hash of a SPEC that is complete. Store paths say by their names what is in them; where
 * nixpkgs is from, what the image is called and where the store is have no part in it.
 */
export function computeSpecHash(spec: Spec): string {
  const { name: _name, tag: _tag, nixpkgs, store: _store, closure: _closure, ...rest } = spec;
  const names = typeof nixpkgs === "object" ? nixpkgs?.names ?? null : null;
  const text = JSON.stringify(sortKeys([VERSION, { ...rest, names }]));
  return formatNix32(createHash("sha256").update(text).digest().subarray(0, HASH_BYTES));
}

/** Sorts the keys of objects, whose order means nothing. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
