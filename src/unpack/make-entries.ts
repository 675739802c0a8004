/** Makes the entries of a tree in an empty directory of ours, except those that tar makes. */
import type { Buffer } from "node:buffer";
import {
  chmodSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { setImmediate } from "node:timers/promises";
import { NixociError, wrapError } from "../base/errors.ts";
import type { FlatEntry, FlatTree } from "../flatten/types.ts";
import { quoteName } from "../tar/name.ts";
import { SECOND } from "../tar/pax.ts";
import { keepAttributes, type KeptAttributes, type LeftOut, type Powers } from "./attributes.ts";
import type { Naming } from "./naming.ts";
import type { Places } from "./places.ts";
import type { ContentPool } from "./pool.ts";
import { SELF } from "./powers.ts";

/** The place where a tree is made, and the means. */
export interface Site {
  readonly names: Naming;
  readonly pool: ContentPool;
  /** The places that were taken while layers were read; `undefined` if all contents had to wait. */
  readonly places: Places | undefined;
  readonly powers: Powers;
  /** There is a GNU tar for what the runtime has no call for. */
  readonly tar: boolean;
  readonly left: LeftOut;
  readonly signal: AbortSignal | undefined;
}

/** The work that is left, in the order of paths. */
export interface Remaining {
  /** The number of names, the root left out. */
  readonly entries: number;
  /** The number of entries that tar makes. */
  readonly late: number;
  /** Further names of files that tar makes. */
  readonly links: readonly FlatEntry[];
  /** Directories, whose attributes come when nothing changes below them any more. */
  readonly directories: readonly FlatEntry[];
}

/** The number of entries that are made before other work gets a turn. */
const TURN = 256;

/**
 * Makes directories, files and links. A path goes only through directories that this function has
 * just made, and none is ever replaced: nothing here follows a link.
 * @throws NixociError naming the entry that cannot be made.
 */
export async function makeEntries(tree: FlatTree, site: Site): Promise<Remaining> {
  const links: FlatEntry[] = [];
  const directories: FlatEntry[] = [];
  const late = new Set<number>();
  let turns = 0;
  let entries = 0;
  for (const entry of tree.entries()) {
    if (turns++ % TURN === 0) await setImmediate();
    site.signal?.throwIfAborted();
    runNamed(entry, () => checkOwner(entry));
    if (entry.path !== "") entries++;
    if (entry.type === "directory") directories.push(entry);
    if (entry.linkTo === undefined && isForTar(entry, site)) late.add(entry.file);
    else if (late.has(entry.file)) links.push(entry);
    else runNamed(entry, () => makeEntry(entry, site));
  }
  return { entries, late: late.size, links, directories };
}

/** The number by which the system leaves the owner as it is, so that the file would stay root's. */
const NO_OWNER = 2 ** 32 - 1;

function checkOwner({ uid, gid }: FlatEntry): void {
  if (uid !== NO_OWNER && gid !== NO_OWNER) return;
  throw new NixociError("UNSUPPORTED", `no file can be owned by ${NO_OWNER}`, {
    hint: "export a tar archive, which keeps such numbers",
  });
}

/** Runs an action for an entry, and names the entry in its error. */
export function runNamed<T>(entry: FlatEntry, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw wrapError(error, `Cannot make ${quoteName(entry.path)}`);
  }
}

/**
 * Tells whether tar has to make the entry. Directories are made here, and only get their attributes
 * from tar.
 */
export function isForTar(entry: FlatEntry, site: Site): boolean {
  if (!site.tar || entry.type === "directory") return false;
  const { owners, special } = site.powers;
  return isDevice(entry) ? owners && special : entry.type === "fifo" || isLeftToTar(entry, site);
}

/** Tells whether the runtime has no call for one of the entry's attributes. */
export function isLeftToTar(entry: FlatEntry, { powers, left }: Site): boolean {
  const { mtime, xattrs } = entry;
  if (mtime < 0n || mtime % SECOND !== 0n) return true;
  return (xattrs.size > 0 || !powers.owners) &&
    keepAttributes(entry, powers, { ...left }).xattrs.size > 0;
}

function isDevice({ type }: FlatEntry): boolean {
  return type === "char" || type === "block";
}

function makeEntry(entry: FlatEntry, site: Site): void {
  const { names, left, powers } = site;
  if (isDevice(entry)) return void left.devices++;
  if (entry.type === "fifo") return void left.fifos++;
  if (entry.type === "hardlink") throw outsideLinkError(entry);
  const path = names.pathOf(entry.path);
  if (entry.type === "directory") {
    const isThere = entry.path === "" || site.places?.hasFolder(path);
    if (!isThere) mkdirSync(path, 0o700);
  } else if (entry.linkTo !== undefined) {
    linkSync(names.pathOf(entry.linkTo), path);
  } else if (entry.type === "symlink") {
    symlinkSync(names.targetOf(entry.linkpath), path);
    setAttributes(path, entry, keepAttributes(entry, powers, left), site);
  } else {
    const from = site.pool.pathOf(entry.file);
    if (from !== path) moveContent(from, path, names);
    setAttributes(path, entry, keepAttributes(entry, powers, left), site);
  }
}

/**
 * Moves content to its place. A rename would replace a file whose name the file system takes for
 * the same.
 */
function moveContent(from: string, to: string | Buffer, names: Naming): void {
  if (names.folds && lstatSync(to, { throwIfNoEntry: false }) !== undefined) {
    throw new NixociError("EXISTS", "the file system takes its name for that of another file");
  }
  renameSync(from, to);
}

/**
 * Sets owner, mode and time, in this order: a new owner takes bits of the mode away. What a content was
 * written with is not set again. Attributes that only tar could set are counted as left out.
 */
export function setAttributes(
  path: string | Buffer,
  entry: FlatEntry,
  kept: KeptAttributes,
  site: Site,
): void {
  const { mode, uid, gid, xattrs } = kept;
  if (site.powers.owners && (uid !== SELF.uid || gid !== SELF.gid)) lchownSync(path, uid, gid);
  const time = timeOf(entry.mtime);
  site.left.xattrs += xattrs.size;
  if (entry.type === "symlink") return lutimesSync(path, time, time);
  const isSet = entry.type === "file" && mode === site.pool.modeOf(entry.mode);
  if (!isSet) chmodSync(path, mode);
  const isDated = entry.type === "file" && site.pool.timeOf(entry.file) === time;
  if (!isDated) utimesSync(path, time, time);
}

/** Converts a time for `utimes`, which takes a negative number for the present. */
function timeOf(mtime: bigint): number | Date {
  return mtime < 0n ? new Date(Number(mtime / 1_000_000n)) : Number(mtime) / 1e9;
}

function outsideLinkError({ linkpath }: FlatEntry): NixociError {
  return new NixociError(
    "UNSUPPORTED",
    `it is another name of ${quoteName(linkpath)}, which is not in this layer`,
    { hint: "export the layer as a tar archive, or the whole image" },
  );
}
