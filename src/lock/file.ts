/** Reads and changes the lockfile on disk: by one process at a time, replaced atomically. */
import { basename, dirname, join } from "node:path";
import { writeAtomicFile } from "../bytes/disk/atomic.ts";
import { type LockOptions, withLock } from "../bytes/disk/process-lock.ts";
import { readSmallFileIfThere } from "../bytes/disk/small-file.ts";
import { checkWriteAccess } from "../bytes/disk/write-access.ts";
import { NixociError, wrapError } from "../base/errors.ts";
import { encodeLock, MAX_SIZE, parseLock } from "./format.ts";
import { EMPTY_LOCK, type Lock } from "./model.ts";

/**
 * Reads the lock in a file.
 * @throws NixociError `NOT_FOUND` when there is no such file, `IO`, and what `parseLock` throws.
 * @example
 * ```ts
 * import { lock } from "nixoci";
 * const locked = await lock.readLock("nixoci.lock.json");
 * console.log(Object.keys(locked.images)); // [ 'docker.io/library/alpine:3.20' ]
 * ```
 */
export async function readLock(path: string): Promise<Lock> {
  const lock = await readLockIfThere(path);
  if (lock) return lock;
  throw new NixociError("NOT_FOUND", `Cannot read ${path}: no such file`, {
    hint: "make one with nixoci lock add NAME, or name yours with --file",
  });
}

/**
 * Changes the lock in a file while no other process does. Nothing is written where nothing changes.
 * @param options.create starts with an empty lock where there is no file.
 * @returns what the change returns; its lock is in the file now.
 * @example
 * ```ts
 * import { lock } from "nixoci";
 * const { removed } = await lock.editLock(
 *   "nixoci.lock.json",
 *   (locked) => lock.removeFromLock(locked, ["alpine:3.20"]),
 * );
 * console.log(removed); // [ 'docker.io/library/alpine:3.20' ]
 * ```
 */
export async function editLock<T extends { readonly lock: Lock }>(
  path: string,
  change: (lock: Lock) => Promise<T> | T,
  options: LockOptions & { readonly create?: boolean } = {},
): Promise<T> {
  await checkWriteAccess(dirname(path)).catch((error) => {
    throw wrapError(error, `Cannot write ${path}`);
  });
  return await withLock(join(dirname(path), `.${basename(path)}.lock`), async () => {
    const before = options.create ? await readLockIfThere(path) : await readLock(path);
    const changed = await change(before ?? EMPTY_LOCK);
    const after = encodeLock(changed.lock);
    const isSame = before !== undefined && encodeLock(before) === after;
    if (isSame) return changed;
    await writeAtomicFile(path, after, { follow: true });
    return changed;
  }, options);
}

async function readLockIfThere(path: string): Promise<Lock | undefined> {
  if (path === "") throw new NixociError("USAGE", "the lockfile is to have an empty name");
  const bytes = await readSmallFileIfThere(path, MAX_SIZE);
  return bytes && parseLock(bytes, path);
}
