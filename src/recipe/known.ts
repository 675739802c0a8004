/**
 * What is remembered of layers: store paths never change, so a layer's digest need be computed only
 * once. What is made from memory is verified like everything else, so that a wrong one is an error.
 */
import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { onDisk } from "./files.ts";
import type { LayerRecipe } from "./recipe.ts";
import { rootOf, type StoreRoot } from "./store-root.ts";
import { STORE_DIR } from "../nix/formats/store-path.ts";

/** Counts up whenever we make other bytes of the same recipe. */
const VERSION = 1;

/**
 * What a layer of this recipe is remembered by; `undefined` where it must not be remembered, because
 * some of it lies outside of the store. A path that was deleted and built again has another inode
 * and change time, and so another key.
 */
export function keyOf(recipe: LayerRecipe, store: StoreRoot): string | undefined {
  const { style, mtime = 1, uid = 0, gid = 0, uname = "root", gname = "root" } = recipe;
  const { storeDir = STORE_DIR } = store;
  if (!recipe.paths.every(({ path }) => path.startsWith(`${storeDir}/`))) return undefined;
  const paths: unknown[] = [];
  for (const { path, rewrite, perms } of recipe.paths) {
    const stat = lstatSync(onDisk(rootOf(path, store) + path), {
      bigint: true,
      throwIfNoEntry: false,
    });
    if (stat === undefined) return undefined; // who reads it says so
    const { regex = "", repl = "" } = rewrite ?? {};
    paths.push([path, regex, repl, (perms ?? []).map(plain), `${stat.ino} ${stat.ctimeNs}`]);
  }
  const whole = [VERSION, style, mtime, uid, gid, uname, gname, paths];
  return createHash("sha256").update(JSON.stringify(whole)).digest("hex");
}

function plain(perm: NonNullable<LayerRecipe["paths"][number]["perms"]>[number]): unknown[] {
  const { regex, mode = "", uid = 0, gid = 0, uname = "", gname = "" } = perm;
  return [regex, mode, uid, gid, uname, gname];
}
