/** What a recipe may say, proved before anything is read. */
import { posix } from "node:path";
import { NixociError } from "../base/errors.ts";
import { quoteName } from "../tar/name.ts";
import { moverOf, permitterOf } from "./move.ts";
import type { LayerRecipe, RecipePath } from "./recipe.ts";

/**
 * Proves that layers can be made of a recipe, as far as it says itself.
 * @throws NixociError `MALFORMED`; the message names the field.
 */
export function checkRecipe(recipe: LayerRecipe): void {
  const { mtime = 1, uid = 0, gid = 0 } = recipe;
  if (!Number.isSafeInteger(mtime)) throw wrong("mtime", mtime, "whole seconds since 1970");
  checkId("uid", uid);
  checkId("gid", gid);
  checkName("uname", recipe.uname);
  checkName("gname", recipe.gname);
  recipe.paths.forEach((path, i) => checkPath(path, `paths[${i}]`));
}

function checkPath({ path, rewrite, perms = [] }: RecipePath, at: string): void {
  const isPlain = posix.isAbsolute(path) && posix.normalize(path) === path &&
    !path.endsWith("/") && !path.includes("\0");
  if (!isPlain) throw wrong(`${at}.path`, path, "an absolute path without . and .. in it");
  moverOf(rewrite);
  permitterOf(perms);
  perms.forEach(({ uid = 0, gid = 0, uname, gname }, i) => {
    checkId(`${at}.perms[${i}].uid`, uid);
    checkId(`${at}.perms[${i}].gid`, gid);
    checkName(`${at}.perms[${i}].uname`, uname);
    checkName(`${at}.perms[${i}].gname`, gname);
  });
}

function checkId(field: string, id: number): void {
  if (!Number.isSafeInteger(id) || id < 0) throw wrong(field, id, "a whole number, 0 or more");
}

function checkName(field: string, name: string | undefined): void {
  if (name?.includes("\0")) throw wrong(field, name, "a name without NUL");
}

function wrong(field: string, value: string | number, right: string): NixociError {
  const shown = typeof value === "string" ? quoteName(value) : value;
  return new NixociError("MALFORMED", `${field} of a layer is ${shown}: it must be ${right}`);
}
