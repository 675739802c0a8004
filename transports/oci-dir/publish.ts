/** Names images in a layout's index, under a lock. */
import { join } from "node:path";
import { writeAtomicFile } from "../../src/bytes/disk/atomic.ts";
import { makeFolder } from "../../src/bytes/disk/folder.ts";
import { withLock } from "../../src/bytes/disk/process-lock.ts";
import { codeOf } from "../../src/base/errors.ts";
import type { IndexJson } from "../../src/image/documents/schemas.ts";
import { encodeJson } from "../../src/image/json.ts";
import type { NamedRoot } from "../../src/image/root.ts";
import { addImages } from "../lib/layout-entries.ts";
import { createEmptyIndex, encodeIndex, INDEX_FILE, LAYOUT, LAYOUT_FILE } from "../lib/layout.ts";
import { isPathThere, LOCK } from "./begun.ts";
import type { LayoutSideOptions } from "./options.ts";
import { readLayoutIndex } from "./read.ts";

/**
 * Names the images in the index, if all files that they need are there.
 * @returns those that are gone.
 */
export async function publishImages(
  path: string,
  images: readonly NamedRoot[],
  reference: string | undefined,
  { signal, onNotice, needed }: LayoutSideOptions & { readonly needed: readonly string[] },
): Promise<string[]> {
  const findChangedIndex = async (): Promise<IndexJson | undefined> => {
    const before = await readLayoutIndex(path).catch((error) => {
      if (codeOf(error) === "NOT_FOUND") return createEmptyIndex();
      throw error;
    });
    const after = addImages(before, images, reference);
    return encodeJson(after).equals(encodeJson(before)) ? undefined : after;
  };
  // Nothing to say: no lock, no write.
  if (await findChangedIndex() === undefined) return await listGone(needed);
  await makeFolder(path);
  return await withLock(join(path, LOCK), async () => {
    const gone = await listGone(needed);
    if (gone.length > 0) return gone;
    const marker = join(path, LAYOUT_FILE);
    if (!await isPathThere(marker)) await writeAtomicFile(marker, LAYOUT);
    const index = await findChangedIndex();
    if (index) await writeAtomicFile(join(path, INDEX_FILE), encodeIndex(index));
    return [];
  }, { signal, onWait: (message) => onNotice?.({ code: "WAITING", message }) });
}

async function listGone(files: readonly string[]): Promise<string[]> {
  const there = await Promise.all(files.map(isPathThere));
  return files.filter((_, i) => !there[i]);
}
