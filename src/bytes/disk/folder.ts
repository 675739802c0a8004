/** Makes folders. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isSystemError } from "../../base/errors.ts";

/**
 * Makes a folder and its missing parents.
 *
 * This is not `mkdir` with `recursive`, because Node's loops forever where a file system answers
 * ENOENT below an existing folder, as /proc does.
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
    // Another process may have been faster; but a file of that name is an error.
    if (!isSystemError(error, "EEXIST") || !(await stat(path)).isDirectory()) throw error;
  }
}
