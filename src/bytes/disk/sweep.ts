/** What killed processes left behind, removed. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { during, isSystemError } from "../../base/errors.ts";
import { clearLock, readFileAge } from "./process-lock.ts";
import { fateOf, ownerOf } from "./owner.ts";
import { removeTree } from "./remove.ts";

/** What a process that we cannot see has not touched for a day is not in use: in milliseconds. */
const ABANDONED = 24 * 60 * 60 * 1000;

/**
 * Removes temporary files and locks (`.NAME.lock`) that dead processes left in the folder, never one
 * of a living process. Of other machines' and containers' files, those that are a day old.
 * @param options.locks `false` in folders that are not ours alone: a lock may be somebody else's.
 * @returns how many; 0 when there is no such folder.
 * @throws NixociError `IO` when the folder cannot be read.
 */
export async function sweep(
  folder: string,
  { locks = true }: { readonly locks?: boolean } = {},
): Promise<number> {
  const names = await readdir(folder).catch((error) => {
    if (isSystemError(error, "ENOENT")) return [];
    throw during(error, `Cannot list ${folder}`);
  });
  let removed = 0;
  for (const name of names) {
    const path = join(folder, name);
    const isGone = /^\..+\.lock$/.test(name)
      ? locks && await clearLock(path)
      : await isLeftOver(name, path) && await removeIfOurs(path);
    if (isGone) removed++;
  }
  return removed;
}

async function isLeftOver(name: string, path: string): Promise<boolean> {
  const owner = ownerOf(name);
  if (owner === undefined) return false;
  const fate = fateOf(owner);
  return fate === "dead" || (fate === "unknown" && await readFileAge(path) > ABANDONED);
}

/**
 * Someone else's file is not ours to remove, and may be there to lead us astray; it can lie where it
 * is.
 */
async function removeIfOurs(path: string): Promise<boolean> {
  try {
    const self = process.geteuid?.();
    if (self !== undefined && (await lstat(path)).uid !== self) return false;
    await removeTree(path);
    return true;
  } catch {
    return false;
  }
}
