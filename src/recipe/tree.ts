/**
 * The tree of a layer: where the files of its paths go. Folders of the store stay unread until
 * their turn comes, but for those whose files are moved one by one.
 */
import { NixociError } from "../base/errors.ts";
import { quoteName } from "../tar/name.ts";
import { type FileStat, namesAt, statAt } from "./files.ts";
import type { MadeNode } from "./made.ts";
import { moverOf } from "./move.ts";
import { sortByBytes } from "./order.ts";
import type { Perm, RecipePath } from "./recipe.ts";

/** A place in the tree. */
export interface Node {
  /** What lies there; a folder that only lies between has nothing. */
  found?: Found | undefined;
  /** By name; what has been put there. */
  children: Map<string, Node> | undefined;
}

/** What a path has for a place, or what is made for it. */
export interface Found {
  /** The path without the root that it is read under; of what is made, its place in the image. */
  readonly source: string;
  /** That root, without a slash at the end. */
  readonly root: string;
  readonly stat: FileStat;
  readonly perms: readonly Perm[] | undefined;
  /** Its entries are those of the folder that it is, and belong below it. */
  readonly whole: boolean;
  /** What is made here, and the bytes of a file; or their path on disk. */
  readonly made?: MadeNode;
  readonly content?: string | Uint8Array;
}

/** A tree to begin with. */
export function emptyTree(): Node {
  return { children: undefined };
}

/**
 * Puts a path's files where they belong.
 * @param root what the path is read under, without a slash at the end.
 * @throws NixociError `EXISTS` where another file lies that differs, `UNSAFE` for a path that is
 * moved out of the image, and what reading throws.
 */
export function plant(tree: Node, { path, rewrite, perms }: RecipePath, root: string): void {
  const found = foundAt(path, perms, root);
  if (rewrite === undefined || rewrite.regex === "") {
    const node = nodeAt(tree, partsOf(path), path);
    const isFree = node.found === undefined && node.children === undefined;
    if (isFree) return void (node.found = found);
  }
  const moved = moverOf(rewrite);
  for (const each of filesOf(found)) {
    const place = moved(each.source);
    if (place === "") continue;
    put(nodeAt(tree, partsOf(place), each.source), place, { ...each, whole: false });
  }
}

/**
 * Puts what is made here at its place; a folder may be laid over another one.
 * @throws NixociError `EXISTS`, `UNSAFE`, and what reading a folder on the way throws.
 */
export function plantFound(tree: Node, place: string, found: Found): void {
  const node = nodeAt(tree, partsOf(place), place);
  const there = node.found?.stat.type ?? (node.children && "directory");
  if (there !== undefined && !(there === "directory" && found.stat.type === "directory")) {
    const from = node.found === undefined ? "" : `, from ${quoteName(node.found.source)}`;
    throw conflict(place, `a ${WORDS[there]} is there already${from}`);
  }
  if (node.found?.whole) childrenOf(node);
  node.found = found;
}

/** What lies below the node, by name, in the order in which it came there. */
export function entriesOf(node: Node): Iterable<readonly [string, Node]> {
  return node.children ?? (node.found?.whole ? listed(node.found) : []);
}

/** The same, to add to. */
function childrenOf(node: Node): Map<string, Node> {
  return node.children ??= new Map(entriesOf(node));
}

/** The path and all that is below it, sorted: it decides what comes last, and so what wins. */
function* filesOf(found: Found): Generator<Found> {
  yield found;
  if (found.stat.type !== "directory") return;
  for (const [, { found: child }] of sortByBytes(listed(found))) yield* filesOf(child!);
}

function foundAt(path: string, perms: readonly Perm[] | undefined, root: string): Found {
  const stat = statAt(root + path);
  return { source: path, root, stat, perms, whole: stat.type === "directory" };
}

function listed({ source, root, perms }: Found): (readonly [string, Node])[] {
  return namesAt(root + source).map((name) => [
    name,
    { found: foundAt(`${source}/${name}`, perms, root), children: undefined },
  ]);
}

/** A path's parts: of `/bin/sh` an empty one, which is the root, `bin` and `sh`. */
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

/** The node at the end of the parts; those on the way are folders. */
function nodeAt(tree: Node, parts: readonly string[], source: string): Node {
  let node = tree;
  for (const part of parts) {
    const type = node.found?.stat.type ?? "directory";
    if (type !== "directory") {
      throw conflict(source, `a ${WORDS[type]} is in its way, from ${node.found!.source}`);
    }
    const children = childrenOf(node);
    const next = children.get(part) ?? emptyTree();
    children.set(part, next);
    node = next;
  }
  return node;
}

/** As nix2container has it: the last one wins, if it is not another kind of file, mode or size. */
function put(node: Node, place: string, found: Found): void {
  const there = node.found;
  if (there !== undefined) checkSame(place, there, found);
  else if (node.children !== undefined && found.stat.type !== "directory") {
    throw conflict(found.source, `${quoteName(place)} is a folder already`);
  }
  if (there?.whole) childrenOf(node);
  node.found = found;
}

const WORDS = { file: "file", directory: "folder", symlink: "link" } as const;

function checkSame(place: string, there: Found, found: Found): void {
  const [a, b] = [there.stat, found.stat];
  const differ = (what: string, one: unknown, other: unknown) =>
    conflict(
      found.source,
      `${quoteName(place)} is there from ${quoteName(there.source)} with ${what} ${one}, ` +
        `and here with ${other}`,
    );
  if (a.type !== b.type) throw differ("type", WORDS[a.type], WORDS[b.type]);
  if (a.mode !== b.mode) throw differ("mode", octal(a.mode), octal(b.mode));
  if (a.size !== b.size) throw differ("size", a.size, b.size);
  const [one, other] = [JSON.stringify(there.perms), JSON.stringify(found.perms)];
  if (there.perms !== undefined && one !== other) throw differ("perms", one, other ?? "none");
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function conflict(source: string, why: string): NixociError {
  return new NixociError("EXISTS", `Cannot put ${quoteName(source)} into the layer: ${why}`, {
    hint: "leave one of them out, or give both the same",
  });
}
