/** Finds out whether paths can be written, as far as that can be known without writing. */
import { access, constants, stat } from "node:fs/promises";
import process from "node:process";

/**
 * Finds out whether a path may be written. Where there are no users (on Windows, and for a program that
 * Deno does not let know who runs it, whose `access` would end it), only whether it is there.
 * @throws the system's error.
 */
export async function checkWriteAccess(path: string): Promise<void> {
  await (process.getuid === undefined ? stat(path) : access(path, constants.W_OK));
}
