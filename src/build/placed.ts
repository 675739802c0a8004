/** Where each path is put: in one layer only, and everywhere with the same permissions. */
import { NixociError } from "../errors.ts";
import type { Perm, RecipePath } from "../nix/layer/mod.ts";

/** The paths that layers have so far. */
export interface Placed {
  /**
   * Whether a lower layer has the path already.
   * @param at the field that asks for it.
   * @throws NixociError `USAGE` when it is there with other permissions than it is to have here.
   */
  has(path: RecipePath, at: string): boolean;
  /** From now on the layers of the field have the path. */
  add(path: RecipePath, at: string): void;
}

/** A register that knows what the base image has. */
export function placedAbove(base: ReadonlySet<string>): Placed {
  const places = new Map<string, { readonly at: string; readonly perms: string }>();
  for (const path of base) places.set(keyOf({ path }), { at: "fromImage", perms: NONE });
  return {
    has(path, at) {
      const place = places.get(keyOf(path));
      if (place === undefined) return false;
      const perms = permsOf(path.perms);
      if (perms === NONE || perms === place.perms) return true;
      const there = place.perms === NONE ? "without permissions" : "with other permissions";
      throw new NixociError(
        "USAGE",
        `${at}: ${path.path} cannot be given permissions, for it is in ${place.at} ${there}`,
        { hint: place.at === "fromImage" ? "copy it with copyToRoot" : "give it the same in both" },
      );
    },
    add: (path, at) =>
      void places.set(keyOf(path), { at: at || "the image", perms: permsOf(path.perms) }),
  };
}

/** A path as it is, and the same path copied to the root, are two. */
function keyOf({ path, rewrite }: RecipePath): string {
  return JSON.stringify([path, rewrite?.regex, rewrite?.repl]);
}

function permsOf(perms: readonly Perm[] | undefined): string {
  return JSON.stringify(perms ?? []);
}

const NONE = permsOf(undefined);
