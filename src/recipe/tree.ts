/**
 * The tree of a layer: where the files of its paths go. Folders of the store stay unread until
 * their turn comes, but for those whose files are moved one by one.
 */
import { NixociError } from "../base/errors.ts";
import { quoteName } from "../tar/name.ts";
import { type FileStat, readNames, readStat } from "./files.ts";
import type { MadeNode } from "./made.ts";
import { moverOf } from "./move.ts";
import { sortByBytes } from "./order.ts";
import type { Perm, RecipePath } from "./recipe.ts";

/** A place in the tree. */
export interface TreeNode {
  /** The file that lies there; a folder that only lies between has none. */
  found?: TreeFile | undefined;
  /** By name; what has been put there. */
  children: Map<string, TreeNode> | undefined;
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
  /** The entry of what is made here, and the bytes of a file or their path on disk. */
  readonly made?: MadeNode;
  readonly content?: string | Uint8Array;
}

/** Makes a tree to begin with. */
export function createTree(): TreeNode {
  return { children: undefined };
}

/**
 * Puts a path's files where they belong.
 * @param root what the path is read under, without a slash at the end.
 * @throws NixociError `EXISTS` where another file lies that differs, `UNSAFE` for a path that is
 * moved out of the image, and what reading throws.
 */
export function addPath(
  tree: TreeNode,
  { path, rewrite, perms }: RecipePath,
  root: string,
): void {
  const found = readFile(path, perms, root);
  if (rewrite === undefined || rewrite.regex === "") {
    const node = nodeAt(tree, partsOf(path), path);
    const isFree = node.found === undefined && node.children === undefined;
    if (isFree) return void (node.found = found);
  }
  const moved = moverOf(rewrite);
  for (const each of filesOf(found)) {
    const place = moved(each.source);
    if (place === "") continue;
    putFile(nodeAt(tree, partsOf(place), each.source), place, { ...each, whole: false });
  }
}

/**
 * Puts what is made here at its place; a folder may be laid over another one.
 * @throws NixociError `EXISTS`, `UNSAFE`, and what reading a folder on the way throws.
 */
export function addFile(tree: TreeNode, place: string, found: TreeFile): void {
  const node = nodeAt(tree, partsOf(place), place);
  const there = node.found?.stat.type ?? (node.children && "directory");
  if (there !== undefined && !(there === "directory" && found.stat.type === "directory")) {
    const from = node.found === undefined ? "" : `, from ${quoteName(node.found.source)}`;
    throw conflictError(place, `a ${WORDS[there]} is there already${from}`);
  }
  if (node.found?.whole) childrenOf(node);
  node.found = found;
}

/** Returns what lies below the node, by name, in the order in which it came there. */
export function entriesOf(node: TreeNode): Iterable<readonly [string, TreeNode]> {
  return node.children ?? (node.found?.whole ? listFolder(node.found) : []);
}

/** Returns the same, to add to. */
function childrenOf(node: TreeNode): Map<string, TreeNode> {
  return node.children ??= new Map(entriesOf(node));
}

/** Reads the path and all that is below it, sorted: it decides what comes last, and so what wins. */
function* filesOf(found: TreeFile): Generator<TreeFile> {
  yield found;
  if (found.stat.type !== "directory") return;
  for (const [, { found: child }] of sortByBytes(listFolder(found))) yield* filesOf(child!);
}

function readFile(path: string, perms: readonly Perm[] | undefined, root: string): TreeFile {
  const stat = readStat(root + path);
  return { source: path, root, stat, perms, whole: stat.type === "directory" };
}

function listFolder({ source, root, perms }: TreeFile): (readonly [string, TreeNode])[] {
  return readNames(root + source).map((name) => [
    name,
    { found: readFile(`${source}/${name}`, perms, root), children: undefined },
  ]);
}

/** Returns a path's parts: of `/bin/sh` an empty one, which is the root, `bin` and `sh`. */
function partsOf(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) {
    throw new NixociError("UNSAFE", `Cannot put a file at ${quoteName(path)}: it may lie outside`, {
      hint: "write paths, and replacements in rewrites, without ..",
    });
  }
  if (path.startsWith("/")) return ["", ...parts];
  return parts.length === 0 ? ["."] : parts;
}

/** Finds or makes the node at the end of the parts; those on the way are folders. */
function nodeAt(tree: TreeNode, parts: readonly string[], source: string): TreeNode {
  let node = tree;
  for (const part of parts) {
    const type = node.found?.stat.type ?? "directory";
    if (type !== "directory") {
      throw conflictError(source, `a ${WORDS[type]} is in its way, from ${node.found!.source}`);
    }
    const children = childrenOf(node);
    const next = children.get(part) ?? createTree();
    children.set(part, next);
    node = next;
  }
  return node;
}

/** Puts a file as nix2container does: the last one wins, if it is not another kind of file, mode or size. */
function putFile(node: TreeNode, place: string, found: TreeFile): void {
  const there = node.found;
  if (there !== undefined) checkSame(place, there, found);
  else if (node.children !== undefined && found.stat.type !== "directory") {
    throw conflictError(found.source, `${quoteName(place)} is a folder already`);
  }
  if (there?.whole) childrenOf(node);
  node.found = found;
}

const WORDS = { file: "file", directory: "folder", symlink: "link" } as const;

function checkSame(place: string, there: TreeFile, found: TreeFile): void {
  const [a, b] = [there.stat, found.stat];
  const differ = (what: string, one: unknown, other: unknown) =>
    conflictError(
      found.source,
      `${quoteName(place)} is there from ${quoteName(there.source)} with ${what} ${one}, ` +
        `and here with ${other}`,
    );
  if (a.type !== b.type) throw differ("type", WORDS[a.type], WORDS[b.type]);
  if (a.mode !== b.mode) throw differ("mode", formatMode(a.mode), formatMode(b.mode));
  if (a.size !== b.size) throw differ("size", a.size, b.size);
  const [one, other] = [JSON.stringify(there.perms), JSON.stringify(found.perms)];
  if (there.perms !== undefined && one !== other) throw differ("perms", one, other ?? "none");
}

function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function conflictError(source: string, why: string): NixociError {
  return new NixociError("EXISTS", `Cannot put ${quoteName(source)} into the layer: ${why}`, {
    hint: "leave one of them out, or give both the same",
  });
}
