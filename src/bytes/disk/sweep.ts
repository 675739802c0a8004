/** Removes what killed processes left behind. */
import { lstat, readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSystemError, wrapError } from "../../base/errors.ts";
import { clearLock, readFileAge } from "./process-lock.ts";
import { fateOf, ownerOf } from "./owner.ts";
import { removeTree } from "./remove.ts";

/** In milliseconds: a file untouched for so long, of a process that we cannot see, is not in use. */
const ABANDONED = 24 * 60 * 60 * 1000;

/**
 * Removes temporary files and locks (`.NAME.lock`) that dead processes left in the folder, never one
 * of a living process. Files of other machines and containers are removed when they are a day old.
 * @param options.locks `false` in folders that are not ours alone: a lock may be another program's.
 * @returns how many; 0 when there is no such folder.
 * @throws NixociError `IO` when the folder cannot be read.
 */
export async function sweepFolder(
  folder: string,
  { locks = true }: { readonly locks?: boolean } = {},
): Promise<number> {
  const names = await readdir(folder).catch((error) => {
    if (isSystemError(error, "ENOENT")) return [];
    throw wrapError(error, `Cannot list ${folder}`);
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

/** Removes the files that killed processes left beside a file, where that can be done. */
export async function sweepBeside(path: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  await sweepFolder(dirname(target), { locks: false }).catch(() => {});
}

/** Tells whether a name is that of a temporary file whose owner is dead, or seems so. */
export async function isLeftOver(name: string, path: string): Promise<boolean> {
  const owner = ownerOf(name);
  if (owner === undefined) return false;
  const fate = fateOf(owner);
  return fate === "dead" || (fate === "unknown" && await readFileAge(path) > ABANDONED);
}

/** Removes a path if it belongs to our user; another user's file may be a trap, and stays. */
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
