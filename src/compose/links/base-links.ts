/**
 * Links to folders in a base, such as `/bin` to `usr/bin`: a layer that has a folder in the place of
 * one would hide all that it leads to.
 */
import { NixociError } from "../../base/errors.ts";
import type { FlatTree } from "../../flatten/types.ts";

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
 * Selects the links that a layer's files would lie below: where it has a folder, and the base a link.
 * @param own what the layer has, by its places.
 * @throws NixociError `MALFORMED` for a link in a circle.
 */
export function selectCrossedLinks(
  own: ReadonlyMap<string, string>,
  links: FolderLinks,
): Map<string, string> {
  const crossed = new Map<string, string>();
  const places = [{ inLayer: "", inImage: "" }];
  for (const { inLayer, inImage } of places) { // it grows
    for (const [link, folder] of links) {
      if (!link.startsWith(`${inImage}/`)) continue;
      const place = inLayer + link.slice(inImage.length);
      if (own.get(place) !== "directory") continue;
      if (folder === "") throw circleError(link);
      crossed.set(link, folder);
      places.push({ inLayer: place, inImage: folder === "/" ? "" : folder });
    }
  }
  return crossed;
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
