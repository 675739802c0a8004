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
  const parts = place.split("/").slice(1);
  for (let length = 1; length <= parts.length; length++) {
    if (length === parts.length && !isFolder) return undefined;
    const at = `/${parts.slice(0, length).join("/")}`;
    const found = findAt(tree, at)?.found;
    if (found?.stat.type !== "symlink") continue;
    const to = posix.resolve(posix.dirname(at), readTarget(found));
    const type = findAt(tree, to)?.found?.stat.type;
    return type === "directory" || type === "symlink"
      ? posix.join(to, ...parts.slice(length))
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
