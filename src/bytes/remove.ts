/** Removing whole trees, whatever their names and permissions are. */
import { chmodSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { isSystemError } from "../errors.ts";

/** How many files are removed before others get a turn. */
const TURN = 512;

/**
 * Removes what is at the path, with all that is below it; nothing there is fine. Links are removed,
 * not followed. Unlike `rm` of `node:fs`, it takes names that are not UTF-8, and enters directories
 * that their owner may not write to.
 * @throws the system's error.
 */
export async function removeTree(path: string): Promise<void> {
  let removed = 0;
  async function remove(place: Buffer): Promise<void> {
    if (++removed % TURN === 0) await setImmediate();
    if (!lstatSync(place).isDirectory()) return unlinkSync(place);
    for (const name of namesIn(place)) {
      await remove(Buffer.concat([place, Buffer.from("/"), name]));
    }
    rmdirSync(place);
  }
  try {
    await remove(Buffer.from(path));
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}

/** The names in a directory that is about to go, made accessible where it is not. */
function namesIn(folder: Buffer): Buffer[] {
  if (process.getuid?.() !== 0) chmodSync(folder, 0o700);
  return readdirSync(folder, { encoding: "buffer" });
}
