/** Makes a tree appear at its place: whole, in one step, or not at all. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  utimesSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { sweepFolder } from "../bytes/disk/sweep.ts";
import { isSystemError, NixociError, wrapError } from "../base/errors.ts";
import { createPrivateDirectory, type PrivateDirectory } from "./private-directory.ts";

/** A place for a tree, which is made out of sight, in `tree`. */
export interface Target extends AsyncDisposable {
  /** The directory that becomes the target. */
  readonly tree: PrivateDirectory;
  /** A directory for what is needed on the way, in the same file system. */
  readonly spare: PrivateDirectory;
  /** Removes what was needed on the way, and gives `tree` its name. */
  publish(): Promise<void>;
}

/**
 * Prepares a directory that appears at `path` when it is published. Leftovers of killed runs are
 * removed first. `path` must not exist, or be an empty directory. A directory that has to stay the
 * same, because something is mounted there or because it is the current one, gets the tree's parts,
 * one by one.
 * @throws NixociError `EXISTS` when something is there, `UNSAFE` when it is a symbolic link,
 * `NOT_FOUND` or `IO` when there is no folder for it, or it cannot be written.
 */
export async function prepareTarget(path: string): Promise<Target> {
  const target = await resolveTarget(path);
  const parts: PrivateDirectory[] = [];
  try {
    const home = target.stays ? target.path : dirname(target.path);
    for (let i = 0; i < 2; i++) parts.push(createPrivateDirectory(home));
  } catch (error) {
    for (const part of parts) await part.discard();
    throw wrapError(error, "it cannot be made");
  }
  const [tree, spare] = parts as [PrivateDirectory, PrivateDirectory];
  return {
    tree,
    spare,
    async publish() {
      // First: it may lie in the directory whose time is to be set.
      await spare.discard();
      try {
        if (target.stays) moveToParent(tree);
        else renameSync(tree.path, target.path);
      } catch (error) {
        throw isSystemError(error, "EEXIST", "ENOTEMPTY", "ENOTDIR") ? occupiedError() : error;
      }
      if (!target.stays && !tree.isAt(target.path)) throw replacedError();
      tree.release();
    },
    async [Symbol.asyncDispose]() {
      await tree.discard();
      await spare.discard();
    },
  };
}

/**
 * Resolves the target's path without links, but for the last name, and tells whether a directory
 * there stays.
 */
async function resolveTarget(path: string): Promise<{ path: string; stays: boolean }> {
  if (path === "") throw new NixociError("USAGE", "the path is empty");
  const whole = resolve(path);
  try {
    const parent = realpathSync(dirname(whole));
    await sweepFolder(parent);
    const place = whole === dirname(whole) ? whole : join(parent, basename(whole));
    return { path: place, stays: await hasToStay(place, parent) };
  } catch (error) {
    if (error instanceof NixociError) throw error;
    throw wrapError(error, "there is no folder for it");
  }
}

async function hasToStay(path: string, parent: string): Promise<boolean> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return false;
  if (there.isSymbolicLink()) {
    throw new NixociError("UNSAFE", "it is a symbolic link", {
      hint: "name the directory that it leads to, or remove it",
    });
  }
  if (!there.isDirectory()) throw occupiedError();
  await sweepFolder(path);
  if (readdirSync(path).length > 0) throw occupiedError();
  const isMount = there.dev !== statSync(parent).dev;
  const current = statSync(".", { throwIfNoEntry: false });
  return isMount || (current?.ino === there.ino && current.dev === there.dev);
}

/** Moves all that is in the tree to the directory above, which gets the tree's attributes. */
function moveToParent(tree: PrivateDirectory): void {
  const { mode, uid, gid, atime, mtime } = statSync(tree.base);
  const parent = `${tree.base}../`;
  chmodSync(tree.base, 0o700);
  for (const name of readdirSync(tree.base, { encoding: "buffer" })) {
    const [from, to] = [tree.base, parent].map((at) => Buffer.concat([Buffer.from(at), name]));
    moveEntry(from!, to!);
  }
  if (process.getuid?.() === 0) chownSync(parent, uid, gid);
  rmdirSync(tree.path);
  chmodSync(parent, mode & 0o7777);
  utimesSync(parent, atime, mtime);
}

/** Moves an entry. A directory that gets another parent has to be writable. */
function moveEntry(from: Buffer, to: Buffer): void {
  const stat = lstatSync(from);
  const mode = stat.mode & 0o7777;
  const isLocked = stat.isDirectory() && (mode & 0o200) === 0;
  if (isLocked) chmodSync(from, mode | 0o200);
  renameSync(from, to);
  if (isLocked) chmodSync(to, mode);
}

/**
 * Returns the error for a replaced directory: someone who can replace it now could do so later,
 * too.
 */
function replacedError(): NixociError {
  return new NixociError("UNSAFE", "somebody has put something else in its place meanwhile", {
    hint: "unpack to a folder that only you can write to",
  });
}

function occupiedError(): NixociError {
  return new NixociError("EXISTS", "it is there already", {
    hint: "name a new directory, or an empty one",
  });
}
