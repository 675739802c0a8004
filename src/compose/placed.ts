/** The places of paths: each is in one layer only, and everywhere with the same permissions. */
import { NixociError } from "../base/errors.ts";
import type { Perm, RecipePath } from "../recipe/mod.ts";

/** The paths that layers have so far. */
export interface PlacedPaths {
  /**
   * Says whether a lower layer has the path already.
   * @param at the field that asks for it.
   * @throws NixociError `USAGE` when it is there with other permissions than it is to have here.
   */
  has(path: RecipePath, at: string): boolean;
  /**
   * Notes that the layers of the field have the path; above the base's, if that has it too.
   * @throws NixociError `USAGE` when other layers have it with other permissions.
   */
  add(path: RecipePath, at: string): void;
}

/** Makes a register that knows what the base image has. */
export function createPlacedPaths(base: ReadonlySet<string>): PlacedPaths {
  const places = new Map<string, { readonly at: string; readonly perms: string }>();
  for (const path of base) places.set(keyOf({ path }), { at: BASE, perms: NONE });
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
        { hint: place.at === BASE ? "copy it with copyToRoot" : "give it the same in both" },
      );
    },
    add(path, at) {
      const place = places.get(keyOf(path));
      const perms = permsOf(path.perms);
      if (place !== undefined && place.at !== BASE && place.perms !== perms) {
        throw new NixociError(
          "USAGE",
          `${at}: ${path.path} is in it, and with other permissions in ${place.at}`,
          { hint: "give it the same in both, or leave it out of one (--parent, layers)" },
        );
      }
      places.set(keyOf(path), { at: at || "the image", perms });
    },
  };
}

/** Returns a key for a path as it is, and another one for the same path copied to the root. */
function keyOf({ path, rewrite }: RecipePath): string {
  return JSON.stringify([path, rewrite?.regex, rewrite?.repl]);
}

/** Returns what the permissions do, whether they say what goes without saying or not. */
function permsOf(perms: readonly Perm[] | undefined): string {
  const rules = (perms ?? []).map(
    (
      { regex, mode = "", uid = 0, gid = 0, uname = "", gname = "" },
    ) => [regex, mode, uid, gid, uname, gname],
  );
  return JSON.stringify(rules);
}

/** The field that names the base image. */
const BASE = "fromImage";

const NONE = permsOf(undefined);
