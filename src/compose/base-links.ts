/**
 * Links to folders in a base, such as `/bin` to `usr/bin`: a layer that has a folder in the place of
 * one would hide all that it leads to.
 */
import { NixociError } from "../base/errors.ts";
import type { FlatTree } from "../flatten/types.ts";
import { isFolderAt } from "./programs.ts";

/** Links by their places, with the folders that they lead to; empty for one that goes in a circle. */
export type FolderLinks = ReadonlyMap<string, string>;

/** Linux follows no more. */
const MAX_LINKS = 40;

/** Finds the links of a file system that lead to folders, or to nothing yet. */
export function findFolderLinks(tree: FlatTree): Map<string, string> {
  const links = new Map<string, string>();
  for (const { path, type } of tree.entries()) {
    if (type !== "symlink") continue;
    const folder = resolveFolder(tree, path);
    if (folder !== undefined) links.set(`/${path}`, folder);
  }
  return links;
}

/** Follows a path to its end, never above the root. */
function resolveFolder(tree: FlatTree, path: string): string | undefined {
  const left = path.split("/");
  let at: string[] = [];
  for (let count = 0; left.length > 0;) {
    const part = left.shift()!;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      at.pop();
      continue;
    }
    const entry = tree.find([...at, part].join("/"));
    if (entry?.type === "symlink") {
      if (++count > MAX_LINKS) return "";
      if (entry.linkpath.startsWith("/")) at = [];
      left.unshift(...entry.linkpath.split("/"));
    } else if (entry !== undefined && entry.type !== "directory") return undefined;
    else at.push(part);
  }
  return `/${at.join("/")}`;
}

/**
 * Selects the links that a folder's files would lie below, were they copied to the root: where it has
 * a folder, and the base a link.
 * @param source the folder on disk.
 */
export function selectCrossedLinks(source: string, links: FolderLinks): Map<string, string> {
  const crossed = new Map<string, string>();
  const places = [{ inSource: "", inImage: "" }];
  for (const { inSource, inImage } of places) { // it grows
    for (const [link, folder] of links) {
      if (!link.startsWith(`${inImage}/`)) continue;
      const below = link.slice(inImage.length);
      if (!isRealFolder(source + inSource, below)) continue;
      if (folder === "") throw circleError(link);
      crossed.set(link, folder);
      places.push({ inSource: inSource + below, inImage: folder === "/" ? "" : folder });
    }
  }
  return crossed;
}

/** Tells whether a folder is there, and no link on the way. */
function isRealFolder(source: string, path: string): boolean {
  if (!isFolderAt(source + path)) return false;
  const parts = path.split("/").slice(1, -1);
  return parts.every((_, i) => isFolderAt(`${source}/${parts.slice(0, i + 1).join("/")}`));
}

function circleError(link: string): NixociError {
  return new NixociError(
    "MALFORMED",
    `copyToRoot: ${link} of the base is a link that goes in a circle`,
    {
      hint: `leave ${link} out of what is copied, or take another base`,
    },
  );
}
