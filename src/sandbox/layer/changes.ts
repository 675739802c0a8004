/** Finds what a command has changed: what it wrote, beside the tree that it found. */
import { joinPath, splitTreePath } from "../tree/path.ts";
import type { IdMapping } from "../system/mapping.ts";
import { diskIdOf, diskModeOf, insideIdOf } from "../system/mapping.ts";
import { isOnDisk, type TreeEntry, type TreeIndex } from "../tree/tree-entry.ts";
import type { Written, WrittenFile } from "./written.ts";

/** The tree that a command found. */
export interface FoundTree {
  /** The files of the layers below. */
  readonly base: TreeIndex;
  /** The files that lay on them, and that are part of what is made. */
  readonly begun: TreeIndex;
  readonly mapping: IdMapping;
  /** The time when the command began, and the one that is written for all later ones: nanoseconds. */
  readonly start: bigint;
  readonly mtime: bigint;
}

/** An entry of the layer to be made. */
export type Change =
  | { readonly kind: "file"; readonly file: WrittenFile }
  /** The folder's content below is hidden, or one name in it. */
  | { readonly kind: "opaque"; readonly folder: string }
  | { readonly kind: "whiteout"; readonly folder: string; readonly name: string };

/**
 * Lists the changes, folders first. A folder that has changes below it is there with its
 * attributes, for not all readers take them from lower layers; nothing else is that equals the
 * base's file in all but its time.
 */
export function listChanges({ files }: Written, found: FoundTree): Change[] {
  const settled = new Map<string, WrittenFile>();
  for (const file of files.values()) {
    if (!file.isGone) settled.set(file.path, completeFile(file, found));
  }
  const hidden = findHidden(files, found.base);
  const kept = selectChanged(settled, found.base);
  for (const folder of hidden.keys()) keepWithParents(folder, kept);
  if (settled.has("") && isSame(settled.get("")!, found.base.get(""))) kept.delete("");
  const changes: Change[] = [];
  for (const [path, file] of settled) {
    if (kept.has(path)) changes.push({ kind: "file", file });
    changes.push(...hidden.get(path) ?? []);
  }
  return changes;
}

/** Returns the file as the layer has it: what the command left alone is as it was. */
function completeFile(
  read: WrittenFile,
  { base, begun, mapping, start, mtime }: FoundTree,
): WrittenFile {
  const file = {
    ...read,
    uid: insideIdOf(mapping.kind, mapping.uids, read.uid),
    gid: insideIdOf(mapping.kind, mapping.gids, read.gid),
    mtime: read.mtime >= start ? mtime : read.mtime,
  };
  const before = begun.get(file.path) ?? base.get(file.path);
  if (before === undefined || !isOnDisk(before) || before.type !== file.type) return file;
  const lost = [...before.xattrs].filter(([name]) => !isSettable(name));
  return {
    ...file,
    mode: file.mode === diskModeOf(mapping, before.type, before.mode) ? before.mode : file.mode,
    uid: file.uid === diskIdOf(mapping.uids, before.uid) ? before.uid : file.uid,
    gid: file.gid === diskIdOf(mapping.gids, before.gid) ? before.gid : file.gid,
    xattrs: lost.length === 0 ? file.xattrs : new Map([...lost, ...file.xattrs]),
  };
}

function isSettable(name: string): boolean {
  return name.startsWith("user.") || name === "security.capability";
}

/** Selects what differs from the base, all names of a file together, and the folders above. */
function selectChanged(files: ReadonlyMap<string, WrittenFile>, base: TreeIndex): Set<string> {
  const changed = new Set<string>();
  const groups = new Set<string>();
  for (const [path, file] of files) {
    if (isSame(file, base.get(path))) continue;
    changed.add(path);
    groups.add(file.linkTo ?? path);
  }
  const kept = new Set<string>();
  for (const [path, { linkTo }] of files) {
    if (changed.has(path) || groups.has(linkTo ?? path)) keepWithParents(path, kept);
  }
  return kept;
}

function keepWithParents(path: string, kept: Set<string>): void {
  for (let at = path; !kept.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
    kept.add(at);
  }
}

/** Tells whether a file is the base's, but for its time. */
function isSame(file: WrittenFile, there: TreeEntry | undefined): boolean {
  if (there?.type !== file.type || !isOnDisk(there)) return false;
  return (file.type === "symlink" || file.mode === there.mode) &&
    file.uid === there.uid && file.gid === there.gid &&
    file.size === there.size && file.linkpath === there.linkpath &&
    file.digest === there.digest && hasSameXattrs(file.xattrs, there.xattrs);
}

function hasSameXattrs(a: TreeEntry["xattrs"], b: TreeEntry["xattrs"]): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([name, value]) => {
    const other = b.get(name);
    return other !== undefined && Buffer.compare(value, other) === 0;
  });
}

/**
 * Finds the names of the base that are gone, by folder. A folder that has lost several, and all
 * that it had, hides them with one mark.
 */
function findHidden(
  files: ReadonlyMap<string, WrittenFile>,
  base: TreeIndex,
): Map<string, Change[]> {
  const hidden = new Map<string, Change[]>();
  const fresh = new Set<string>();
  let children: ReadonlyMap<string, readonly string[]> | undefined;
  const gone = new Map<string, string[]>();
  const note = (folder: string, name: string) =>
    void (gone.get(folder)?.push(name) ?? gone.set(folder, [name]));
  for (const [path, file] of files) {
    const [folder, name] = splitTreePath(path);
    if (file.isGone && !fresh.has(folder) && base.has(path)) note(folder, name);
    if (file.type !== "directory" || !(file.isOpaque || (path !== "" && fresh.has(folder)))) {
      continue;
    }
    fresh.add(path);
    if (base.get(path)?.type !== "directory") continue;
    children ??= groupChildren(base);
    for (const child of children.get(path) ?? []) {
      const there = files.get(joinPath(path, child));
      if (there === undefined || there.isGone) note(path, child);
    }
  }
  for (const [folder, names] of gone) {
    children ??= groupChildren(base);
    const isAll = names.length > 1 && names.length === children.get(folder)?.length;
    hidden.set(
      folder,
      isAll
        ? [{ kind: "opaque", folder }]
        : names.sort().map((name) => ({ kind: "whiteout", folder, name })),
    );
  }
  return hidden;
}

function groupChildren(base: TreeIndex): Map<string, string[]> {
  const children = new Map<string, string[]>();
  for (const path of base.keys()) {
    if (path === "") continue;
    const [folder, name] = splitTreePath(path);
    const names = children.get(folder);
    if (names === undefined) children.set(folder, [name]);
    else names.push(name);
  }
  return children;
}
