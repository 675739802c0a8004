/**
 * Keys of layers for a memory: store paths never change, so a digest need be computed only once. What
 * is made from memory is verified like everything else, so that a wrong one is an error.
 */
import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { STORE_DIR } from "../nix/formats/store-path.ts";
import { diskPathOf } from "./files.ts";
import type { MadeEntry } from "./made/made.ts";
import { formatMade } from "./made/made-json.ts";
import type { LayerRecipe, Perm } from "./recipe.ts";
import { diskRootOf, type StoreRoot } from "./store-root.ts";

/** Counts up whenever we make other bytes of the same recipe. */
const VERSION = 1;

/**
 * Returns what a layer of this recipe is remembered by; `undefined` where it must not be remembered,
 * because some of it lies outside of the store. A path that was deleted and built again has another
 * inode and change time, and so another key.
 */
export function keyOf(recipe: LayerRecipe, store: StoreRoot): string | undefined {
  const sources = [...recipe.paths.map(({ path }) => path), ...(recipe.made ?? []).flatMap(fileOf)];
  const { storeDir = STORE_DIR } = store;
  if (!sources.every((path) => path.startsWith(`${storeDir}/`))) return undefined;
  const stamps = sources.map((path) => readStamp(diskRootOf(path, store) + path));
  if (stamps.includes(undefined)) return undefined; // who reads it says so
  return createHash("sha256").update(formatRecipe(recipe, stamps)).digest("hex");
}

/** Writes down all that makes a layer's bytes, with what is noted of its paths and then of its files. */
export function formatRecipe(
  recipe: LayerRecipe,
  stamps: readonly (string | undefined)[] = [],
): string {
  const { style, mtime = 1, uid = 0, gid = 0, uname = "root", gname = "root", made = [] } = recipe;
  const paths = recipe.paths.map(({ path, rewrite, perms = [] }, i) => {
    const { regex = "", repl = "" } = rewrite ?? {};
    return [path, regex, repl, perms.map(fieldsOf), stamps[i]];
  });
  const links = Object.entries(recipe.links ?? {}).sort(([a], [b]) => a < b ? -1 : 1);
  const more: unknown[] = made.length > 0 ? [made.map(formatMade), stamps.slice(paths.length)] : [];
  if (links.length > 0) more.push({ links });
  const { packer, folderLinks, append } = recipe;
  if (packer !== undefined || folderLinks !== undefined) more.push({ packer, folderLinks });
  if (append !== undefined) more.push({ append });
  return JSON.stringify([VERSION, style, mtime, uid, gid, uname, gname, paths, ...more]);
}

/** Returns the file that has an entry's content. */
function fileOf(made: MadeEntry): string[] {
  if (made.type !== "file" || typeof made.content === "string") return [];
  return "file" in made.content ? [made.content.file] : [];
}

function readStamp(path: string): string | undefined {
  const stat = lstatSync(diskPathOf(path), { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.ctimeNs}`;
}

function fieldsOf({ regex, mode = "", uid = 0, gid = 0, uname = "", gname = "" }: Perm): unknown[] {
  return [regex, mode, uid, gid, uname, gname];
}
