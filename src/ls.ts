/** The files of an image, without unpacking it. */
import { NixociError } from "./errors.ts";
import { tarOf } from "./image/layer.ts";
import type { Image } from "./image/root.ts";
import { merged } from "./merged.ts";
import type { TarEntry, TarType } from "./tar/entry.ts";
import { readTar } from "./tar/read.ts";

/** A file as the image's topmost layers leave it. */
export interface ListedFile {
  /** Absolute, `/` between its parts. */
  readonly path: string;
  readonly type: TarType;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** In bytes. */
  readonly size: number;
  /** ISO 8601. */
  readonly mtime: string;
  /** Where a link leads. */
  readonly linkpath?: string;
}

export interface ListOptions {
  /** Only this file, or what lies below this directory. */
  readonly path?: string;
  readonly signal?: AbortSignal;
}

/**
 * Lists an image's files, parents first. Reads all layers once and keeps nothing but names.
 * @throws NixociError `NOT_FOUND` when there is nothing at `path`.
 */
export async function ls(image: Image, options: ListOptions = {}): Promise<ListedFile[]> {
  const tree = merged<ListedFile>();
  for (const layer of image.layers) {
    tree.nextLayer();
    for await (const { entry } of readTar(tarOf(layer, options.signal))) {
      tree.add(entry.path, entry.type === "directory", fileOf(entry));
    }
  }
  const wanted = (options.path ?? "/").split("/").filter((part) => part !== "").join("/");
  const files: ListedFile[] = [];
  for (const { path, value } of tree.entries()) {
    const isBelow = wanted === "" || path === wanted || path.startsWith(`${wanted}/`);
    if (isBelow) files.push({ ...(value ?? IMPLIED), path: `/${path}` });
  }
  if (files.length > 0 || wanted === "") return files;
  throw new NixociError("NOT_FOUND", `the image has no /${wanted}`);
}

/** A directory that no layer describes gets what unpacking it would give. */
const IMPLIED: Omit<ListedFile, "path"> = {
  type: "directory",
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: new Date(0).toISOString(),
};

function fileOf({ path, type, mode, uid, gid, size, mtime, linkpath }: TarEntry): ListedFile {
  const link = type === "symlink" || type === "hardlink" ? { linkpath } : {};
  return { path, type, mode, uid, gid, size, mtime: isoDate(mtime), ...link };
}

function isoDate(nanoseconds: bigint): string {
  const date = new Date(Number(nanoseconds / 1_000_000n));
  return Number.isNaN(date.getTime()) ? `@${nanoseconds / 1_000_000_000n}` : date.toISOString();
}
