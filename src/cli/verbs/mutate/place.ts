/** Finds the directories of an image that a folder's files are put below, as they are there. */
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
  const tree = await mergeLayers(image, { put() {} }, { wants: () => false, signal });
  const folders: MadeFolder[] = [];
  let way = "";
  const ahead = path.split("/").filter((part) => part !== "").reverse();
  const root = tree.find("");
  if (root !== undefined && root.layer > 0) folders.push(folderOf(root));
  for (let links = 0, part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    const next = posix.normalize(`/${way}/${part}`).slice(1);
    const entry = tree.find(next);
    if (entry?.type === "symlink") {
      if (++links > MOST_LINKS) throw obstacleError(path, next);
      ahead.push(...entry.linkpath.split("/").filter((one) => one !== "").reverse());
      if (entry.linkpath.startsWith("/")) way = "";
      continue;
    }
    if (entry !== undefined && entry.type !== "directory") throw obstacleError(path, next);
    way = next;
  }
  return { path: `/${way}`, folders: [...folders, ...listFolders(tree, way)] };
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
