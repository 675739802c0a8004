/** Removes whole trees, whatever their names and permissions are. */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import { setImmediate } from "node:timers/promises";
import { isSystemError } from "../../base/errors.ts";
import { findWayThrough, openFolder } from "./open-folder.ts";

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
export async function clearTree(folder: string | Buffer): Promise<void> {
  const { base, close } = openToClear(Buffer.from(folder));
  try {
    const names = readdirSync(base, { encoding: "buffer" });
    await removeAll(names.map((name) => Buffer.concat([base, name])));
  } finally {
    close();
  }
}

async function removeAll(places: readonly Buffer[]): Promise<void> {
  let removed = 0;
  for (const place of places) {
    if (lstatSync(place).isDirectory()) {
      await clearTree(place);
      rmdirSync(place);
    } else unlinkSync(place);
    if (++removed % TURN === 0) await setImmediate();
  }
}

/**
 * Holds a directory open whose content is to be removed, and makes it accessible. Paths begin with
 * `base`: a link that somebody puts in the directory's place meanwhile leads us nowhere.
 */
function openToClear(path: Buffer): { readonly base: Buffer; close(): void } {
  const fd = openLocked(path);
  const close = () => void (fd !== undefined && closeSync(fd));
  try {
    if (fd === undefined) chmodSync(path, 0o700);
    else if (process.getuid?.() !== 0) fchmodSync(fd, 0o700);
    const way = fd === undefined ? undefined : findWayThrough(fd);
    return { base: way === undefined ? Buffer.concat([path, SLASH]) : Buffer.from(way), close };
  } catch (error) {
    close();
    throw error;
  }
}

const SLASH = Buffer.from("/");

/** Linux's O_PATH, which Node does not name: what is opened so is held, readable or not. */
const O_PATH = 0o10000000;

/** Opens a directory, though it may be one that even its owner may not read. */
function openLocked(path: Buffer): number | undefined {
  try {
    return openFolder(path);
  } catch (error) {
    if (process.platform !== "linux" || !isSystemError(error, "EACCES")) throw error;
  }
  const held = openSync(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    chmodSync(`/proc/self/fd/${held}`, 0o700);
    return openFolder(`/proc/self/fd/${held}/`);
  } finally {
    closeSync(held);
  }
}
