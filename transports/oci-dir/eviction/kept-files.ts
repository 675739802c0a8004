/** The blobs in a folder of layouts, as files: their sizes, and when each was last used. */
import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError } from "../../../src/base/errors.ts";
import { type Digest, isDigest } from "../../../src/bytes/digest.ts";
import { ownerOf } from "../../../src/bytes/disk/owner.ts";
import { sweepFolder } from "../../../src/bytes/disk/sweep.ts";

/** The name of a blob in one layout. */
export interface BlobLink {
  /** The folder of the layout. */
  readonly layout: string;
  readonly digest: Digest;
  readonly path: string;
}

/** A file that takes room: a blob, which layouts may share, or one that is being written. */
export interface KeptFile {
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly used: number;
  /** All its names; none while it is being written. */
  readonly links: readonly BlobLink[];
}

const BLOBS = "blobs";

/** Lists the files below a folder; what killed processes have begun is removed on the way. */
export async function listKeptFiles(folder: string): Promise<KeptFile[]> {
  const files = new Map<string, { size: number; used: number; links: BlobLink[] }>();
  const add = async (layout: string, algorithm: string, name: string): Promise<void> => {
    const digest = `${algorithm}:${name}`;
    const isBlob = isDigest(digest);
    if (!isBlob && ownerOf(name) === undefined) return;
    const path = join(layout, BLOBS, algorithm, name);
    const found = await ignoreGone(lstat(path, { bigint: true }));
    if (!found?.isFile()) return;
    const id = `${found.dev} ${found.ino}`;
    const file = files.get(id) ??
      { size: Number(found.size), used: Number(found.mtimeMs), links: [] };
    if (isBlob) file.links.push({ layout, digest, path });
    files.set(id, file);
  };
  const addBlobs = async (layout: string): Promise<void> => {
    for (const { name: algorithm } of await listFolders(join(layout, BLOBS))) {
      const blobs = join(layout, BLOBS, algorithm);
      await sweepFolder(blobs);
      for (const name of await ignoreGone(readdir(blobs)) ?? []) await add(layout, algorithm, name);
    }
  };
  const walk = async (path: string): Promise<void> => {
    for (const { name } of await listFolders(path)) {
      await (name === BLOBS ? addBlobs(path) : walk(join(path, name)));
    }
  };
  await walk(folder);
  return [...files.values()];
}

async function listFolders(path: string): Promise<Dirent[]> {
  const entries = await ignoreGone(readdir(path, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory());
}

/** Turns what is not there, or not any more, into nothing. */
async function ignoreGone<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
