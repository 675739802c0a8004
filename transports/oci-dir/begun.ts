/** Takes back what a copy has brought into a layout, when it fails. */
import { statSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { codeOf, isSystemError } from "../../src/base/errors.ts";
import { withLock } from "../../src/bytes/disk/process-lock.ts";
import { descriptorOf } from "../../src/image/documents/documents.ts";
import { readRoot } from "../../src/image/documents/load.ts";
import type { Root } from "../../src/image/root.ts";
import { loadTree } from "../../src/image/tree.ts";
import { INDEX_FILE, LAYOUT_FILE } from "../lib/layout.ts";
import type { LayoutSideOptions } from "./options.ts";
import { fetchFrom, fileOf, readLayoutIndex } from "./read.ts";

/** The lock that is held to change the index, or to take back what was brought in vain. */
export const LOCK = ".index.lock";

/** The files and folders that a copy has made, none of which it has published. */
export interface Begun {
  /** Files of blobs. */
  readonly files: readonly string[];
  /** Folders of blobs that it may have made. */
  readonly folders: readonly string[];
  /** Folders that it made for a layout of its own, the innermost first; without it, the layout was there. */
  readonly missing: readonly string[] | undefined;
}

/** Lists the folders that a path needs and that are not there, the innermost first. */
export async function listMissingFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = resolve(path); !isPathThere(folder); folder = dirname(folder)) {
    missing.push(folder);
  }
  return missing;
}

/**
 * Takes back what a copy has made in the layout, but for blobs that another has published since.
 * Under the lock: one that relies on a blob finds when it publishes that it is gone.
 */
export async function takeBack(
  path: string,
  { files, folders, missing }: Begun,
  options: LayoutSideOptions,
): Promise<void> {
  if (files.length === 0 && folders.length === 0 && missing === undefined) return;
  const remove = async (): Promise<void> => {
    if (!isPathThere(join(path, INDEX_FILE))) {
      const marker = missing === undefined ? [] : [join(path, LAYOUT_FILE)];
      return await removeBegun([...files, ...marker], [...folders, join(path, "blobs")]);
    }
    const needed = await listNeededFiles(path, options);
    if (needed) await removeBegun(files.filter((file) => !needed.has(file)), []);
  };
  try {
    if (isPathThere(path)) await withLock(join(path, LOCK), remove);
  } catch (error) {
    // Another copy that has failed has taken back the layout.
    if (codeOf(error) !== "NOT_FOUND") throw error;
  }
  await removeBegun([], missing ?? []);
}

/** Lists the files that the images in the index need; `undefined` where one of them is damaged. */
async function listNeededFiles(
  path: string,
  options: LayoutSideOptions,
): Promise<ReadonlySet<string> | undefined> {
  const fetch = fetchFrom(path, options);
  const files = new Set<string>();
  const add = async (root: Root): Promise<void> => {
    const { blobs, manifests } = await loadTree(root);
    const contents = [root.manifest, ...manifests, ...blobs.map(({ content }) => content)];
    for (const { descriptor } of contents) files.add(fileOf(path, descriptor.digest, options));
  };
  try {
    const entries = (await readLayoutIndex(path)).manifests.map(descriptorOf);
    for (const entry of new Map(entries.map((one) => [one.digest, one])).values()) {
      await add(await readRoot(fetch(entry), fetch));
    }
    return files;
  } catch {
    return undefined; // what it needs nobody can say
  }
}

/** Removes the files, and then those of the folders that are empty without them. */
async function removeBegun(files: readonly string[], folders: readonly string[]): Promise<void> {
  for (const file of files) await rm(file, { force: true });
  for (const folder of folders) {
    try {
      await rmdir(folder);
    } catch (error) {
      // Another process may have put something there, or have removed it.
      if (!isSystemError(error, "ENOTEMPTY", "EEXIST", "ENOENT")) throw error;
    }
  }
}

/** Tells whether there is something of that name. To ask another thread takes longer than to look. */
export function isPathThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
