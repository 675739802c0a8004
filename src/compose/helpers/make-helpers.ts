/** Makes the helpers that a SPEC asks for. */
import { lstatSync } from "node:fs";
import { NixociError } from "../../base/errors.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import { diskRootOf, type StoreRoot } from "../../recipe/store-root.ts";
import type { NamedFiles } from "../parts.ts";

/**
 * Makes the files of helpers.
 * @param isThere tells whether the base has a place.
 * @throws NixociError `NOT_FOUND` for a link to a file that its store path does not have: containers
 * would say no more than "no such file".
 */
export function makeHelpers(
  helpers: readonly NamedFiles[],
  store: Required<StoreRoot>,
  isThere: (place: string) => boolean,
): MadeEntry[] {
  return helpers.flatMap(({ at, make }) => {
    const made = make(isThere);
    for (const one of made) if (one.type === "symlink") checkTarget(one.target, at, store);
    return made;
  });
}

function checkTarget(target: string, at: string, store: Required<StoreRoot>): void {
  const below = `${store.storeDir}/`;
  if (!target.startsWith(below)) return;
  const [name = "", ...rest] = target.slice(below.length).split("/");
  const path = below + name;
  if (rest.length === 0 || isThere(path, rest, store)) return;
  throw new NixociError("NOT_FOUND", `${at}: ${path} has no ${rest.join("/")}`, {
    hint: "name the file itself, where the store path has it elsewhere",
  });
}

/** Tells whether a store path has a file, or may have it: one that is not on this machine, or behind a link. */
function isThere(path: string, names: readonly string[], store: StoreRoot): boolean {
  let at = diskRootOf(path, store) + path;
  for (const name of ["", ...names]) {
    if (name !== "") at += `/${name}`;
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) return name === "";
    if (found.isSymbolicLink()) return true;
    if (!found.isDirectory()) return name === names.at(-1);
  }
  return true;
}
