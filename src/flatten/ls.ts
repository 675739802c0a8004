/** Lists the files of an image, without unpacking it. */
import { NixociError } from "../base/errors.ts";
import { mergeLayers } from "./merge.ts";
import { followInTree } from "./tree/follow-flat.ts";
import { splitTarget } from "./tree/path.ts";
import type { FlatEntry, FlatTree } from "./types.ts";
import type { Image } from "../image/root.ts";
import type { TarType } from "../tar/entry.ts";
import { decodeName, quoteName } from "../tar/name.ts";

/** A file as the image's topmost layers leave it. */
export interface ListedFile {
  /** Absolute, `/` between its parts. */
  readonly path: string;
  /** A further name of a file that has been listed is a `hardlink`. */
  readonly type: TarType;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Names of the owners, if the layer has them. */
  readonly uname?: string;
  readonly gname?: string;
  /** In bytes. */
  readonly size: number;
  /** ISO 8601. */
  readonly mtime: string;
  /** The target of a link: a symbolic one's as it is, a hard one's as a path of this list. */
  readonly linkpath?: string;
  /** Major and minor number of a device. */
  readonly device?: readonly [major: number, minor: number];
  /** The names of its extended attributes. */
  readonly xattrs?: readonly string[];
  /** The number of the layer that it comes from, 1 the lowest; 0 where none describes it. */
  readonly layer: number;
}

/** Options for listing files. */
export interface ListOptions {
  /**
   * Lists only this file, or what lies below this directory. Links on the way are followed; if the
   * path is a link to a directory, the link and what lies below that directory are listed.
   */
  readonly path?: string;
  /** Lists this layer alone, 1 the lowest, its whiteouts as files. */
  readonly layer?: number;
  readonly signal?: AbortSignal;
}

/**
 * Lists an image's files, parents first. Reads all layers once and keeps some hundred bytes a file; the
 * list may be gone through again.
 * @throws NixociError `NOT_FOUND` when there is nothing at `path`, and what `flatten` throws.
 * @example
 * ```ts
 * import { ls, openSource, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * for (const { path } of await ls(await resolveImage(source))) {
 *   console.log(path); // /hello
 * }
 * ```
 */
export async function ls(
  image: Pick<Image, "layers">,
  options: ListOptions = {},
): Promise<Iterable<ListedFile>> {
  const { layer, signal } = options;
  let isWanted = (_: string) => true; // until the links of the path are known
  const tree = await mergeLayers(image, { put() {} }, {
    wants: (path) => isWanted(path),
    layer,
    signal,
  });
  const wanted = selectPaths(tree, options.path ?? "/");
  isWanted = (path) => wanted.some((one) => isAtOrBelow(path, one));
  return {
    *[Symbol.iterator]() {
      for (const entry of tree.entries()) {
        // A layer alone has no more than it says.
        const isSaid = layer === undefined || entry.file !== 0;
        if (entry.path !== "" && isSaid && isWanted(entry.path)) yield listedFileOf(entry);
      }
    },
  };
}

/** Returns the path after links on its way, and the directory that it leads to, if it is a link. */
function selectPaths(tree: FlatTree, path: string): string[] {
  const parts = splitTarget(path).map(decodeName);
  const last = parts.at(-1) === ".." ? undefined : parts.pop();
  const folder = followInTree(tree, parts);
  const itself = last === undefined ? folder : folder && tree.find(`${folder.path}/${last}`);
  if (itself === undefined) {
    throw new NixociError("NOT_FOUND", `the image has no ${quoteName(path)}`);
  }
  const target = itself.type === "symlink" ? followInTree(tree, [...parts, last!]) : undefined;
  return target?.type === "directory" ? [itself.path, target.path] : [itself.path];
}

function isAtOrBelow(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

function listedFileOf(entry: FlatEntry): ListedFile {
  const { path, type, mode, uid, gid, uname, gname, size, mtime, linkTo, linkpath, layer } = entry;
  const leads = linkTo === undefined ? linkpath : `/${linkTo}`;
  const isDevice = type === "char" || type === "block";
  return {
    path: `/${path}`,
    type: linkTo === undefined ? type : "hardlink",
    mode,
    uid,
    gid,
    uname: uname || undefined,
    gname: gname || undefined,
    size,
    mtime: formatTime(mtime),
    linkpath: leads || undefined,
    device: isDevice ? [entry.devmajor, entry.devminor] : undefined,
    xattrs: entry.xattrs.size > 0 ? [...entry.xattrs.keys()] : undefined,
    layer,
  };
}

/** Formats nanoseconds since 1970 as ISO 8601, or as `@seconds` if there is no such year. */
function formatTime(nanoseconds: bigint): string {
  const date = new Date(Number(nanoseconds / 1_000_000n));
  return Number.isNaN(date.getTime()) ? `@${nanoseconds / 1_000_000_000n}` : date.toISOString();
}
