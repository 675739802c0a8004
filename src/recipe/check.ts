/** The rules for recipes, proved before anything is read. */
import { checkMade } from "./made/check-made.ts";
import { checkId, checkName, checkPlace, checkTime, fieldError } from "./fields.ts";
import { moverOf, permitterOf } from "./move.ts";
import type { LayerRecipe, RecipePath } from "./recipe.ts";

/**
 * Proves that layers can be made of a recipe, as far as it says itself, once `loadRules` is done.
 * @throws NixociError `MALFORMED`; the message names the field.
 */
export function checkRecipe(recipe: LayerRecipe): void {
  const { mtime = 1, uid = 0, gid = 0, append, packer } = recipe;
  if (append !== undefined && packer !== "gnu-tar") {
    throw fieldError("append", append, "left out where gnu-tar is not the packer");
  }
  checkTime("mtime", mtime);
  checkId("uid", uid);
  checkId("gid", gid);
  checkName("uname", recipe.uname);
  checkName("gname", recipe.gname);
  recipe.paths.forEach((path, i) => checkPath(path, `paths[${i}]`));
  for (const [link, folder] of Object.entries(recipe.links ?? {})) {
    checkPlace("links", link);
    checkPlace(`links.${link}`, folder);
  }
  checkMade(recipe.made ?? []);
}

function checkPath({ path, rewrite, perms = [] }: RecipePath, at: string): void {
  checkPlace(`${at}.path`, path);
  if (path === "/") throw fieldError(`${at}.path`, path, "a path below the root");
  moverOf({ path, rewrite });
  permitterOf(perms);
  perms.forEach(({ uid = 0, gid = 0, uname, gname }, i) => {
    checkId(`${at}.perms[${i}].uid`, uid);
    checkId(`${at}.perms[${i}].gid`, gid);
    checkName(`${at}.perms[${i}].uname`, uname);
    checkName(`${at}.perms[${i}].gname`, gname);
  });
}
