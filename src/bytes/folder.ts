/** Folders, made. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isSystemError } from "../errors.ts";

/**
 * Makes a folder and those above it that are missing.
 *
 * Not `mkdir` with `recursive`: Node's own spins for ever where a file system answers ENOENT
 * below a folder that is there, as /proc does.
 * @throws the system's error.
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (isSystemError(error, "EEXIST") && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (!isSystemError(error, "ENOENT") || parent === path || await exists(parent)) throw error;
    await makeFolder(parent, mode);
    await makeFolder(path, mode);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
