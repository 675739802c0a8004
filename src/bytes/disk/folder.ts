/** Folders, made. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isSystemError } from "../../base/errors.ts";

/**
 * Makes a folder and those above it that are missing.
 *
 * Not `mkdir` with `recursive`: Node's own spins for ever where a file system answers ENOENT
 * below a folder that is there, as /proc does.
 * @throws the system's error.
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    await makeOneFolder(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (!isSystemError(error, "ENOENT") || parent === path) throw error;
    await makeFolder(parent, mode);
    await makeOneFolder(path, mode);
  }
}

async function makeOneFolder(path: string, mode: number | undefined): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Another process may have been faster; a file of that name is in the way.
    if (!isSystemError(error, "EEXIST") || !(await stat(path)).isDirectory()) throw error;
  }
}
