/** The trees that the cache keeps: how many, how large, and their end. */
import { readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { isSystemError, wrapError } from "../../base/errors.ts";
import { fateOf, makeTemporaryName, ownerOf } from "../../bytes/disk/owner.ts";
import { removeTree } from "../../bytes/disk/remove.ts";
import { cacheFolderOf } from "../../cache/mod.ts";
import { homeOf, removeMapped } from "../system/home.ts";
import { type IdMapping, listMappings } from "../system/mapping.ts";
import { decodeTreeIndex, sizeOf } from "./tree-entry.ts";

/** The file of a tree that has its index; its time is that of the last use. */
export const INDEX = "index.json";

/** The folder of a tree in which processes note that they use it. */
export const USERS = "users";

/** More trees are not kept. */
const MOST_TREES = 8;

/** The trees of a cache. */
export interface TreesUse {
  readonly count: number;
  /** In bytes, of the files in them. */
  readonly size: number;
}

/**
 * Reads how many trees there are, and how large.
 * @throws NixociError `IO`.
 * @example
 * ```ts
 * import { readTreesUse } from "nixoci";
 * console.log(readTreesUse("no-folder")); // { count: 0, size: 0 }
 * ```
 */
export function readTreesUse(cache: string = cacheFolderOf()): TreesUse {
  const { trees } = homeOf(cache);
  const sizes = listTrees(trees).map((name) => {
    try {
      return sizeOf(decodeTreeIndex(readFileSync(join(trees, name, INDEX), "utf8")));
    } catch {
      return 0; // removed meanwhile
    }
  });
  return { count: sizes.length, size: sizes.reduce((sum, one) => sum + one, 0) };
}

/**
 * Removes the trees that no process uses.
 * @throws NixociError `IO`.
 * @example
 * ```ts
 * import { clearTrees, readTreesUse } from "nixoci";
 * await clearTrees("no-folder");
 * console.log(readTreesUse("no-folder").count); // 0
 * ```
 */
export async function clearTrees(cache: string = cacheFolderOf()): Promise<void> {
  const { trees } = homeOf(cache);
  const [mapping] = listMappings() as [IdMapping];
  for (const name of listTrees(trees)) await removeUnused(trees, name, mapping);
}

/** Removes the trees that were used longest ago, where there are too many. */
export async function limitTrees(trees: string, mapping: IdMapping): Promise<void> {
  const names = listTrees(trees);
  if (names.length <= MOST_TREES) return;
  const used = names.map((name) => [readLastUse(join(trees, name, INDEX)), name] as const)
    .sort(([a], [b]) => b - a);
  for (const [, name] of used.slice(MOST_TREES)) await removeUnused(trees, name, mapping);
}

function readLastUse(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Removes a tree, unless somebody uses it: nobody finds it any more, then it is looked at again. */
async function removeUnused(trees: string, name: string, mapping: IdMapping): Promise<void> {
  if (isUsed(join(trees, name))) return;
  const temporary = makeTemporaryName();
  try {
    renameSync(join(trees, name), join(trees, temporary));
    if (isUsed(join(trees, temporary))) {
      return renameSync(join(trees, temporary), join(trees, name));
    }
    await removeMapped(trees, temporary, mapping).catch(() => removeTree(join(trees, temporary)));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return;
    throw wrapError(error, `Cannot remove the tree ${join(trees, name)}`);
  }
}

function isUsed(tree: string): boolean {
  const owners = readdirSync(join(tree, USERS)).map(ownerOf);
  return owners.some((owner) => owner !== undefined && fateOf(owner) !== "dead");
}

function listTrees(trees: string): string[] {
  try {
    return readdirSync(trees).filter((name) => /^[0-9a-f]{64}$/.test(name));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return [];
    throw wrapError(error, `Cannot list ${trees}`);
  }
}
