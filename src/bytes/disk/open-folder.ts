/**
 * Holds folders open, so that a path through one leads into it, whatever is put in its place.
 *
 * Node has no openat. On Linux `/proc/self/fd/N/name` does the same. Elsewhere a path is all there
 * is: a link is refused when it is met, and could be put there a moment later.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { isSystemError, NixociError } from "../../base/errors.ts";
import { makeFolder } from "./folder.ts";

/** A folder that is held open. */
export interface OpenFolder {
  /** The beginning of paths in it, with a slash at its end. */
  readonly base: string;
  close(): void;
}

/**
 * Opens a folder below another, and makes what is missing on the way. Links lead to the folder,
 * but none is followed below it.
 * @throws NixociError `UNSAFE` for a link below the folder; the system's error.
 */
export async function openFolderBelow(
  folder: string,
  names: readonly string[],
): Promise<OpenFolder> {
  await makeFolder(folder);
  let opened = holdFolder(openFolder(folder, 0), folder);
  for (const name of names) {
    try {
      const next = openOrMake(join(opened.base, name), name);
      opened.close();
      opened = next;
    } catch (error) {
      opened.close();
      throw error;
    }
  }
  return opened;
}

function openOrMake(path: string, name: string): OpenFolder {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
  }
  try {
    if (lstatSync(path).isSymbolicLink()) throw linkError(name);
    return holdFolder(openFolder(path), path);
  } catch (error) {
    if (isSystemError(error, "ELOOP")) throw linkError(name);
    throw error;
  }
}

function linkError(name: string): NixociError {
  return new NixociError("UNSAFE", `${name} is a symbolic link`, {
    hint: "remove it, or write to another folder",
  });
}

function holdFolder(fd: number | undefined, path: string): OpenFolder {
  const way = fd === undefined ? undefined : findWayThrough(fd);
  return { base: way ?? `${path}/`, close: () => void (fd !== undefined && closeSync(fd)) };
}

/**
 * Opens a folder, which a link at its place is not; `undefined` on Windows, where that cannot be
 * done.
 */
export function openFolder(
  path: string | Buffer,
  follow = constants.O_NOFOLLOW,
): number | undefined {
  if (process.platform === "win32") return undefined;
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | follow);
}

/** Finds the way through an open folder, if /proc is there and leads to it. */
export function findWayThrough(fd: number): string | undefined {
  if (process.platform !== "linux") return undefined;
  const base = `/proc/self/fd/${fd}/`;
  try {
    return isSameFile(statSync(base), fstatSync(fd)) ? base : undefined;
  } catch {
    return undefined;
  }
}

/** Tells whether both are of one file. */
export function isSameFile(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}
