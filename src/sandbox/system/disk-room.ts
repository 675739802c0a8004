/** The room on the disk: programs that fail for the lack of it say so in words of their own. */
import { statfsSync } from "node:fs";
import { NixociError } from "../../base/errors.ts";

/** In bytes: a disk with less is full, for programs stop before the last byte. */
const LEAST = 256 * 1024;

/** Tells whether so many bytes are as good as none. */
export function isFull(free: number): boolean {
  return free < LEAST;
}

/** Returns the error of a helper; where the disk of its folder is full, that is why. */
export function explainFullDisk(error: unknown, folder: string): unknown {
  const { bavail, bsize } = statfsSync(folder);
  if (!isFull(bavail * bsize)) return error;
  return new NixociError("IO", `no space left on the device of ${folder}`, {
    cause: error,
    hint: MORE_ROOM,
  });
}

/** The hint for a full disk. */
export const MORE_ROOM = "free some space there, or name another folder with NIXOCI_CACHE_DIR";
