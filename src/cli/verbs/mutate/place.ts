/** Finds what a path of an image is: the directories that files are put below, what is to go. */
import { posix } from "node:path";
import { NixociError } from "../../../base/errors.ts";
import { mergeLayers } from "../../../flatten/merge.ts";
import type { FlatEntry, FlatTree } from "../../../flatten/types.ts";
import type { Image } from "../../../image/root.ts";
import type { MadeFolder } from "../../../recipe/made/made.ts";

/** A directory of an image, links on the way followed, and what a layer has to say of those above. */
export interface ImagePlace {
  /** Absolute; of the root `/`. */
  readonly path: string;
  /** It, and those above it, as far as the image has them: a layer that said otherwise would count. */
  readonly folders: readonly MadeFolder[];
}

/**
 * Finds the place. Reads all layers, for engines give a directory that a layer passes over a mode of
 * their own: `/tmp` would lose its own.
 * @param path absolute, without `..`.
 * @throws NixociError `USAGE` where a file is in the way.
 */
export async function findPlace(
  image: Image,
  path: string,
  signal: AbortSignal,
): Promise<ImagePlace> {
  const tree = await mergeTree(image, signal);
  const found = followPath(tree, path);
  if ("obstacle" in found) throw obstacleError(path, found.obstacle);
  const root = tree.find("");
  const top = root !== undefined && root.layer > 0 ? [folderOf(root)] : [];
  return { path: `/${found.way}`, folders: [...top, ...listFolders(tree, found.way)] };
}

/**
 * Finds what is at a path, links on the way to it followed, but not itself. Reads all layers.
 * @returns its own path, or nothing where nothing is there.
 */
export async function findEntryPath(
  image: Image,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const tree = await mergeTree(image, signal);
  const found = followPath(tree, posix.dirname(path));
  if ("obstacle" in found) return undefined;
  return tree.find(posix.normalize(`/${found.way}/${posix.basename(path)}`).slice(1))?.path;
}

function mergeTree(image: Image, signal: AbortSignal): Promise<FlatTree> {
  return mergeLayers(image, { put() {} }, { wants: () => false, signal });
}

/** Follows a path, and all links in it; says which file is in the way, where one is. */
function followPath(
  tree: FlatTree,
  path: string,
): { readonly way: string } | { readonly obstacle: string } {
  let way = "";
  const ahead = path.split("/").filter((part) => part !== "").reverse();
  for (let links = 0, part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    const next = posix.normalize(`/${way}/${part}`).slice(1);
    const entry = tree.find(next);
    if (entry?.type === "symlink") {
      if (++links > MOST_LINKS) return { obstacle: next };
      ahead.push(...entry.linkpath.split("/").filter((one) => one !== "").reverse());
      if (entry.linkpath.startsWith("/")) way = "";
      continue;
    }
    if (entry !== undefined && entry.type !== "directory") return { obstacle: next };
    way = next;
  }
  return { way };
}

/** As many as Linux follows. */
const MOST_LINKS = 40;

function listFolders(tree: FlatTree, path: string): MadeFolder[] {
  const parts = path.split("/");
  return parts.flatMap((_, i) => {
    const entry = tree.find(parts.slice(0, i + 1).join("/"));
    return entry === undefined || entry.path === "" || entry.layer === 0 ? [] : [folderOf(entry)];
  });
}

function folderOf({ path, mode, uid, gid, uname, gname, mtime, xattrs }: FlatEntry): MadeFolder {
  return {
    type: "directory",
    path: `/${path}`,
    mode,
    uid,
    gid,
    uname,
    gname,
    mtime: Math.max(0, Number(mtime / 1_000_000_000n)),
    ...xattrs.size > 0 && { xattrs: Object.fromEntries(xattrs) },
  };
}

function obstacleError(path: string, file: string): NixociError {
  return new NixociError(
    "USAGE",
    `--append-to: ${path} is not a directory: /${file} is in the way`,
    {
      hint: "name a directory of the image, or one that is not there yet",
    },
  );
}
