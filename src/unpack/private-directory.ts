/** Makes directories that no one else can reach, and that stay the same whatever is moved. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  type Stats,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { makeTemporaryName } from "../bytes/disk/owner.ts";
import { clearTree } from "../bytes/disk/remove.ts";
import { isSystemError } from "../base/errors.ts";
import { SELF } from "./powers.ts";

/** A directory of ours, until it is given away or discarded. */
export interface PrivateDirectory {
  /** The path where it lies. */
  readonly path: string;
  /**
   * The beginning of paths in it, with a slash at its end: by way of the open directory on Linux.
   */
  readonly base: string;
  /** Tells whether it is the directory at the path, not something that was put in its place. */
  isAt(path: string): boolean;
  /** Lets go of it, and leaves it where it is. */
  release(): void;
  /** Removes it with all that is in it, unless it is released. */
  discard(): Promise<void>;
}

/**
 * Makes a directory below `parent`, with permissions for its owner alone and a name that `sweep`
 * knows if this process dies.
 *
 * Node has no openat. On Linux `/proc/self/fd/N/name` does the same: it goes through the directory
 * that is open, even if someone who may write to `parent` puts a link in its place. Elsewhere its
 * name and its permissions are all there is.
 * @throws the system's error.
 */
export function createPrivateDirectory(parent: string): PrivateDirectory {
  const path = join(parent, makeTemporaryName());
  mkdirSync(path, 0o700);
  const fd = openDirectory(path);
  if (fd !== undefined) {
    // A parent with a set-group-ID bit or a default ACL has given it of its own.
    fchownSync(fd, SELF.uid, SELF.gid);
    fchmodSync(fd, 0o700);
  }
  const base = fd === undefined ? `${path}/` : findBase(fd) ?? `${path}/`;
  let open = true;
  const release = () => {
    if (open && fd !== undefined) closeSync(fd);
    open = false;
  };
  return {
    path,
    base,
    isAt: (other) => fd === undefined || isSame(fstatSync(fd), lstatSync(other)),
    release,
    async discard() {
      // Released, its number may be that of another directory.
      if (!open) return;
      await clearTree(base);
      release();
      try {
        rmdirSync(path);
      } catch (error) {
        // Somebody has moved it. What is there now is not ours.
        if (!isSystemError(error, "ENOENT", "ENOTDIR", "ENOTEMPTY")) throw error;
      }
    },
  };
}

/** Opens a directory; `undefined` on Windows, where that cannot be done. */
function openDirectory(path: string): number | undefined {
  const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
  if (process.platform === "win32") return undefined;
  return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/** Finds the way through the open directory, if /proc is there and leads to it. */
function findBase(fd: number): string | undefined {
  if (process.platform !== "linux") return undefined;
  const base = `/proc/self/fd/${fd}/`;
  try {
    return isSame(statSync(base), fstatSync(fd)) ? base : undefined;
  } catch {
    return undefined;
  }
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}
