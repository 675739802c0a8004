/** Makes directories that no one else can reach, and that stay the same whatever is moved. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  rmdirSync,
} from "node:fs";
import { join } from "node:path";
import { findWayThrough, isSameFile, openFolder } from "../bytes/disk/open-folder.ts";
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
  const fd = holdPrivate(path);
  const base = fd === undefined ? `${path}/` : findWayThrough(fd) ?? `${path}/`;
  let open = true;
  const release = () => {
    if (open && fd !== undefined) closeSync(fd);
    open = false;
  };
  const remove = async () => {
    await clearTree(base);
    try {
      rmdirSync(path);
    } catch (error) {
      // Somebody has moved it. What is there now is not ours.
      if (!isSystemError(error, "ENOENT", "ENOTDIR", "ENOTEMPTY")) throw error;
    }
  };
  return {
    path,
    base,
    isAt: (other) => fd === undefined || isSameFile(fstatSync(fd), lstatSync(other)),
    release,
    async discard() {
      // Released, its number may be that of another directory.
      if (!open) return;
      try {
        // A disk may fail for a moment; what is left now, only the next run would find.
        await remove().catch(remove);
      } finally {
        release();
      }
    },
  };
}

/** Opens a new directory and makes it ours alone; removes it if that cannot be done. */
function holdPrivate(path: string): number | undefined {
  let fd: number | undefined;
  try {
    fd = openFolder(path);
    if (fd === undefined) return undefined;
    // A parent with a set-group-ID bit or a default ACL has given it of its own.
    fchownSync(fd, SELF.uid, SELF.gid);
    fchmodSync(fd, 0o700);
    return fd;
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    rmdirSync(path);
    throw error;
  }
}
