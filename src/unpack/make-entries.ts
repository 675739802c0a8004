/** Makes a flattened tree in an empty directory that is ours: everything but what tar makes. */
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
import { during, NixociError } from "../base/errors.ts";
import type { FlatEntry, FlatTree } from "../flatten/types.ts";
import { quoteName } from "../tar/name.ts";
import { SECOND } from "../tar/pax.ts";
import { keepAttributes, type KeptAttributes, type LeftOut, type Powers } from "./attributes.ts";
import type { Naming } from "./naming.ts";
import type { ContentPool } from "./pool.ts";
import { SELF } from "./powers.ts";

/** Where a tree is made, and how. */
export interface Site {
  readonly names: Naming;
  readonly pool: ContentPool;
  readonly powers: Powers;
  /** There is a tar for what the runtime has no call for. */
  readonly tar: boolean;
  readonly left: LeftOut;
  readonly signal: AbortSignal | undefined;
}

/** What is still to be done, in the order of paths. */
export interface Remaining {
  /** How many names there are, the root left out. */
  readonly entries: number;
  /** For tar to make. */
  readonly late: number;
  /** Further names of files that tar makes. */
  readonly links: readonly FlatEntry[];
  /** Directories, whose attributes come when nothing changes below them any more. */
  readonly directories: readonly FlatEntry[];
}

/** How many entries are made before others get a turn. */
const TURN = 256;

/**
 * Makes directories, files and links. A path goes through directories only that were made a moment
 * ago by this function, none of them ever replaced, so that nothing here follows a link.
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
    if (entry.path !== "") entries++;
    if (entry.type === "directory") directories.push(entry);
    if (entry.linkTo === undefined && isForTar(entry, site)) late.add(entry.file);
    else if (late.has(entry.file)) links.push(entry);
    else nameInErrors(entry, () => makeEntry(entry, site));
  }
  return { entries, late: late.size, links, directories };
}

/** Makes one entry, and says which one it was when it cannot be made. */
export function nameInErrors<T>(entry: FlatEntry, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw during(error, `Cannot make ${quoteName(entry.path)}`);
  }
}

/** Whether tar has to make it. Directories are made here, and only get their attributes from tar. */
export function isForTar(entry: FlatEntry, site: Site): boolean {
  if (!site.tar || entry.type === "directory") return false;
  const { owners, special } = site.powers;
  return isDevice(entry) ? owners && special : entry.type === "fifo" || needsTar(entry, site);
}

/** Whether the runtime has no call for one of its attributes. */
export function needsTar(entry: FlatEntry, { powers, left }: Site): boolean {
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
    if (entry.path !== "") mkdirSync(path, 0o700);
  } else if (entry.linkTo !== undefined) {
    linkSync(names.pathOf(entry.linkTo), path);
  } else if (entry.type === "symlink") {
    symlinkSync(names.targetOf(entry.linkpath), path);
    setAttributes(path, entry, keepAttributes(entry, powers, left), site);
  } else {
    moveContent(site.pool.pathOf(entry.file), path, names);
    setAttributes(path, entry, keepAttributes(entry, powers, left), site);
  }
}

/** Moves content to its place. A rename would replace a file whose name is the same one here. */
function moveContent(from: string, to: string | Buffer, names: Naming): void {
  if (names.folds && lstatSync(to, { throwIfNoEntry: false }) !== undefined) {
    throw new NixociError("EXISTS", "the file system takes its name for that of another file");
  }
  renameSync(from, to);
}

/**
 * Sets owner, mode and time, in this order: a new owner takes bits of the mode away. Attributes that
 * are for tar to set, were there one, are counted as left out.
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
  utimesSync(path, time, time);
}

/** A time as `utimes` takes it: for it, a negative number is now. */
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
