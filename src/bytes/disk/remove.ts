/** Removes whole trees, whatever their names and permissions are. */
import { chmodSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { isSystemError } from "../../base/errors.ts";

/** The number of files that are removed before other work may run. */
const TURN = 512;

/**
 * Removes what is at the path, with everything below it; it is fine if there is nothing. Links are
 * removed, not followed. Unlike `rm` of `node:fs`, it accepts names that are not UTF-8, and enters
 * directories that their owner may not write to.
 * @throws the system's error.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await removeAll([Buffer.from(path)]);
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}

/** Removes everything in a directory, but not the directory. @throws the system's error. */
export async function clearTree(folder: string): Promise<void> {
  await removeAll(listPaths(Buffer.from(folder)));
}

async function removeAll(places: readonly Buffer[]): Promise<void> {
  let removed = 0;
  for (const place of places) {
    if (lstatSync(place).isDirectory()) {
      await removeAll(listPaths(place));
      rmdirSync(place);
    } else unlinkSync(place);
    if (++removed % TURN === 0) await setImmediate();
  }
}

/** Lists a directory that is to be removed; makes it accessible first if it is not. */
function listPaths(folder: Buffer): Buffer[] {
  if (process.getuid?.() !== 0) chmodSync(folder, 0o700);
  const names = readdirSync(folder, { encoding: "buffer" });
  return names.map((name) => Buffer.concat([folder, Buffer.from("/"), name]));
}
