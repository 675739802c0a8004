/** A layout that a copy has begun: when the copy fails, all that it has made goes away again. */
import { rm, rmdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isSystemError } from "../../src/base/errors.ts";

/** Lists the folders that a path needs and that are not there, the innermost first. */
export async function listMissingFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = resolve(path); !await isPathThere(folder); folder = dirname(folder)) {
    missing.push(folder);
  }
  return missing;
}

/** Removes the files, and then those of the folders that are empty without them. */
export async function removeBegun(
  files: readonly string[],
  folders: readonly string[],
): Promise<void> {
  for (const file of files) await rm(file, { force: true });
  for (const folder of folders) {
    try {
      await rmdir(folder);
    } catch (error) {
      // Another process may have put something there, or have removed it.
      if (!isSystemError(error, "ENOTEMPTY", "EEXIST", "ENOENT")) throw error;
    }
  }
}

/** Tells whether there is something of that name. */
export async function isPathThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}
