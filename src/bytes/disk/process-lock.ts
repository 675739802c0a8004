/**
 * Locks between processes: a lock in the file system, which can be taken over when its owner died.
 *
 * Node has no flock. The lock is a folder with one file, whose name says which process holds it:
 * - A process prepares a folder beside it and renames that to the lock's path. The system does so
 *   only when nothing or an empty folder is there, so that exactly one process succeeds, and no lock
 *   is ever seen without its owner.
 * - A dead owner's lock is freed by removing the file *of that owner*. A process that decides this
 *   too late removes nothing: the file of the next owner has another name. With a plain lock file,
 *   it would remove the lock of a living owner.
 */
import {
  mkdir,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { setTimeout } from "node:timers/promises";
import { isSystemError, NixociError, wrapError } from "../../base/errors.ts";
import { fateOf, makeTemporaryName, ownerOf } from "./owner.ts";

/** Options of waiting for a lock. */
export interface LockOptions {
  /** Stops the waiting. */
  readonly signal?: AbortSignal;
  /** Called once, with a line for people, when the lock was not free within a second. */
  readonly onWait?: (message: string) => void;
}

/** In milliseconds: the waits between attempts, and the time after which the user is told. */
const SHORTEST_WAIT = 2;
const LONGEST_WAIT = 50;
const PATIENCE = 1000;

/** In milliseconds: owners touch their lock this often; one that others cannot see is dead after the second. */
const HEARTBEAT = 15_000;
const SILENCE = 120_000;

/**
 * Runs `fn` while no other process, and nothing else in this one, holds the lock at `path`. A lock
 * is taken over when its owner died, or when the owner is on another machine or in another container
 * and did not touch it for two minutes.
 * @throws what `fn` throws; NixociError when the lock cannot be made; the signal's reason.
 */
export async function withLock<T>(
  path: string,
  fn: () => Promise<T> | T,
  options: LockOptions = {},
): Promise<T> {
  const ready = await prepareLock(path);
  try {
    await takeLock(ready, path, options);
  } catch (error) {
    await rm(ready, { recursive: true, force: true });
    throw error;
  }
  const mine = join(path, basename(ready));
  const heart = setInterval(() => void touchFile(mine), HEARTBEAT).unref();
  try {
    return await fn();
  } finally {
    clearInterval(heart);
    await removeQuietly(unlink, mine);
    await removeQuietly(rmdir, path);
  }
}

/** Removes the lock at `path` when its owner is dead, and tells whether it is gone. */
export async function clearLock(path: string): Promise<boolean> {
  try {
    return await findHolder(path) === undefined;
  } catch {
    return false; // no lock, or one that we may not remove
  }
}

/** Makes a folder with our name in it, beside the lock; `sweep` removes it if we die now. */
async function prepareLock(path: string): Promise<string> {
  const name = makeTemporaryName();
  const ready = join(dirname(path), name);
  try {
    await mkdir(ready);
    await writeFile(join(ready, name), "");
    return ready;
  } catch (error) {
    throw wrapError(error, `Cannot make the lock ${path}`);
  }
}

async function takeLock(ready: string, path: string, options: LockOptions): Promise<void> {
  const { signal, onWait } = options;
  const begun = Date.now();
  let told = false;
  for (let wait = SHORTEST_WAIT;; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    signal?.throwIfAborted();
    if (await takeLockOnce(ready, path)) return;
    const holder = await findHolder(path);
    if (holder === undefined) continue;
    if (!told && Date.now() - begun > PATIENCE) {
      told = true;
      onWait?.(`Waiting for ${holder}, which holds ${path}`);
    }
    // Random, so that many waiting processes do not try at the same time.
    const spread = wait * (0.5 + Math.random());
    await setTimeout(spread, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

/** Renames our folder to the lock's path; `false` when another one is there. */
async function takeLockOnce(ready: string, path: string): Promise<boolean> {
  // We may have waited long; a lock that looks untouched would be taken over at once.
  await touchFile(join(ready, basename(ready)));
  try {
    await rename(ready, path);
    return true;
  } catch (error) {
    // Windows says EPERM or EACCES, and does so for an empty folder, too.
    const taken = process.platform === "win32"
      ? isSystemError(error, "EPERM", "EACCES", "EEXIST", "ENOTEMPTY")
      : isSystemError(error, "EEXIST", "ENOTEMPTY");
    if (taken) return false;
    if (isSystemError(error, "ENOTDIR")) {
      throw new NixociError("IO", `Cannot take the lock ${path}: something else is there`, {
        hint: `remove ${path}`,
        cause: error,
      });
    }
    throw wrapError(error, `Cannot take the lock ${path}`);
  }
}

/** Names the holder of the lock; `undefined` when it is free, or was freed here as its owner is dead. */
async function findHolder(path: string): Promise<string | undefined> {
  try {
    for (const name of await readdir(path)) {
      const holder = await describeIfAlive(name, join(path, name));
      if (holder !== undefined) return holder;
      await unlink(join(path, name));
    }
  } catch (error) {
    // Its owner, or another waiting process, was faster.
    if (!isSystemError(error, "ENOENT")) {
      throw wrapError(error, `Cannot take over the lock ${path}`);
    }
  }
  await removeQuietly(rmdir, path);
  return undefined;
}

async function describeIfAlive(name: string, file: string): Promise<string | undefined> {
  const owner = ownerOf(name);
  if (owner === undefined) return `the unknown ${name}`;
  const fate = fateOf(owner);
  if (fate === "alive") return `process ${owner.pid}`;
  if (fate === "dead" || await readFileAge(file) > SILENCE) return undefined;
  return `process ${owner.pid} of another machine or container`;
}

/** Removes something; if it is no longer ours, or already removed, that is fine too. */
async function removeQuietly(how: (path: string) => Promise<void>, path: string): Promise<void> {
  await how(path).catch(() => {});
}

async function touchFile(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}

/** Reads how long ago the file was last written, in milliseconds; -1 when it is gone. */
export async function readFileAge(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return -1;
  }
}
