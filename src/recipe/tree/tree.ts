/**
 * The tree of a layer: where the files of its paths go. Folders of the store stay unread until
 * their turn comes, but for those whose files are moved one by one.
 */
import { NixociError } from "../../base/errors.ts";
import { WHITEOUT } from "../../image/layer/whiteout.ts";
import { quoteName } from "../../tar/name.ts";
import { type FileStat, readNames, readStat } from "../files.ts";
import type { DiskContent, MadeNode } from "../made/made.ts";
import { sortByBytes } from "../order.ts";
import type { Perm } from "../recipe.ts";

/** A place in the tree. */
export interface TreeNode {
  /** The file that lies there; a folder that only lies between has none. */
  found?: TreeFile | undefined;
  /** By name; what has been put there. */
  children: Map<string, TreeNode> | undefined;
  /** A folder of the layers below, which needs no entry here. */
  readonly isBelow?: boolean;
}

/** A file that a path has for a place, or that is made for it. */
export interface TreeFile {
  /** The path without the root that it is read under; of what is made, its place in the image. */
  readonly source: string;
  /** That root, without a slash at the end. */
  readonly root: string;
  readonly stat: FileStat;
  readonly perms: readonly Perm[] | undefined;
  /** Its entries are those of the folder that it is, and belong below it. */
  readonly whole: boolean;
  /** The path of the recipe that has it. */
  readonly top?: string;
  /** Links that were followed to it, by their sources; the last one first. */
  readonly through?: readonly string[];
  /** The entry of what is made here, and the bytes of a file or their place on disk. */
  readonly made?: MadeNode;
  readonly content?: DiskContent | Uint8Array;
}

/** Makes a tree to begin with. */
export function createTree(): TreeNode {
  return { children: undefined };
}

/** Returns what lies below the node, by name, in the order in which it came there. */
export function entriesOf(node: TreeNode): Iterable<readonly [string, TreeNode]> {
  return node.children ?? (node.found?.whole ? listFolder(node.found) : []);
}

/** Returns the same, to add to. */
export function childrenOf(node: TreeNode): Map<string, TreeNode> {
  return node.children ??= new Map(entriesOf(node));
}

/** Reads the path and all that is below it, sorted: it decides what comes last, and so what wins. */
export function* filesOf(found: TreeFile): Generator<TreeFile> {
  yield found;
  if (found.stat.type !== "directory") return;
  for (const [, { found: child }] of sortByBytes(listFolder(found))) yield* filesOf(child!);
}

/** Reads what lies at a path. Throws as {@link readStat} does. */
export function readTreeFile(
  path: string,
  perms: readonly Perm[] | undefined,
  root: string,
): TreeFile {
  const stat = readStat(root + path);
  return { source: path, root, stat, perms, whole: stat.type === "directory" };
}

function listFolder({ source, root, perms }: TreeFile): (readonly [string, TreeNode])[] {
  return readNames(root + source).map((name) => {
    const path = `${source}/${name}`;
    if (name.startsWith(WHITEOUT)) throw whiteoutError(path);
    return [name, { found: readTreeFile(path, perms, root), children: undefined }];
  });
}

function whiteoutError(path: string): NixociError {
  const message = `Cannot put ${quoteName(path)} into a layer: engines take what is named ` +
    `${WHITEOUT}… for the mark of a deletion`;
  return new NixociError("UNSUPPORTED", message, { hint: "give it another name, or leave it out" });
}

/** Returns a path's parts: of `/bin/sh` an empty one, which is the root, `bin` and `sh`. */
export function splitPlace(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) {
    throw new NixociError("UNSAFE", `Cannot put a file at ${quoteName(path)}: it may lie outside`, {
      hint: "write paths, and replacements in rewrites, without ..",
    });
  }
  if (path.startsWith("/")) return ["", ...parts];
  return parts.length === 0 ? ["."] : parts;
}

/**
 * Finds or makes the node at the end of the parts; those on the way are folders.
 * @param isBelow whether new ones are folders of the layers below.
 */
export function findNode(
  tree: TreeNode,
  parts: readonly string[],
  source: string,
  isBelow = false,
): TreeNode {
  let node = tree;
  for (const part of parts) {
    const type = node.found?.stat.type ?? "directory";
    if (type !== "directory") {
      throw conflictError(source, `a ${WORDS[type]} is in its way, from ${node.found!.source}`);
    }
    const children = childrenOf(node);
    const next = children.get(part) ?? { children: undefined, isBelow };
    children.set(part, next);
    node = next;
  }
  return node;
}

/** The words for types of files. */
export const WORDS = { file: "file", directory: "folder", symlink: "link" } as const;

/** Returns the error for a file that has no room. */
export function conflictError(source: string, why: string): NixociError {
  return new NixociError("EXISTS", `Cannot put ${quoteName(source)} into the layer: ${why}`, {
    hint: "leave one of them out, or give both the same",
  });
}
