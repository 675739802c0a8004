/** Links to folders within the tree of a layer, where these stay as they are (`rsync -K`). */
import { posix } from "node:path";
import { readLink } from "../files.ts";
import type { TreeFile, TreeNode } from "./tree.ts";

/** Linux follows no more. */
const MAX_LINKS = 40;

/**
 * Follows the links that lie on the way to a place, as long as each leads to a folder of the tree.
 * @param isFolder whether a link at the place itself is followed, too.
 */
export function followOwnLinks(tree: TreeNode, place: string, isFolder: boolean): string {
  let at = place;
  for (let count = 0; count < MAX_LINKS; count++) {
    const next = followFirst(tree, at, isFolder);
    if (next === undefined) return at;
    at = next;
  }
  return place;
}

/** Follows the first link on the way that leads to a folder; `undefined` where there is none. */
function followFirst(tree: TreeNode, place: string, isFolder: boolean): string | undefined {
  // One walk, and no path is put together before there is a link: this is asked for every file.
  const parts = place.split("/");
  const last = isFolder ? parts.length : parts.length - 1;
  let node = tree.children?.get("");
  for (let length = 1; length < last && node !== undefined; length++) {
    node = node.children?.get(parts[length]!);
    const found = node?.found;
    if (found?.stat.type !== "symlink") continue;
    const above = parts.slice(0, length).join("/") || "/";
    const to = posix.resolve(above, readTarget(found));
    const type = findAt(tree, to)?.found?.stat.type;
    return type === "directory" || type === "symlink"
      ? posix.join(to, ...parts.slice(length + 1))
      : undefined;
  }
  return undefined;
}

function readTarget({ made, root, source }: TreeFile): string {
  return made?.type === "symlink" ? made.target : readLink(root + source);
}

function findAt(tree: TreeNode, place: string): TreeNode | undefined {
  let node: TreeNode | undefined = tree;
  for (const part of ["", ...place.split("/").filter((one) => one !== "")]) {
    node = node?.children?.get(part);
  }
  return node;
}
