/** Names images in a layout's index, under a lock. */
import { dirname, join } from "node:path";
import type { Digest } from "../../src/bytes/digest.ts";
import { writeAtomicFile } from "../../src/bytes/disk/atomic.ts";
import { makeFolder } from "../../src/bytes/disk/folder.ts";
import { withLock } from "../../src/bytes/disk/process-lock.ts";
import { collectStream } from "../../src/bytes/stream.ts";
import { ignoreAbsent } from "../../src/base/errors.ts";
import type { Content } from "../../src/image/content.ts";
import type { IndexJson } from "../../src/image/documents/schemas.ts";
import { encodeJson, MAX_DOCUMENT } from "../../src/image/json.ts";
import type { NamedRoot } from "../../src/image/root.ts";
import { addImages } from "../lib/layout-entries.ts";
import { addReferrers, type NotedReferrer } from "../lib/layout-referrers.ts";
import { createEmptyIndex, encodeIndex, INDEX_FILE, LAYOUT, LAYOUT_FILE } from "../lib/layout.ts";
import { isPathThere, LOCK } from "./begun.ts";
import type { LayoutSideOptions } from "./options.ts";
import { fetchFrom, fileOf, readLayoutIndex } from "./read.ts";

/** The images and lists that are to be in the index. */
export interface Publication {
  readonly images: readonly NamedRoot[];
  /** The name in the layout's location. */
  readonly reference: string | undefined;
  readonly noted: readonly NotedReferrer[];
}

/** An index as it is to be, and what has to be stored before it. */
interface ChangedIndex {
  readonly index: IndexJson;
  readonly lists: readonly Content[];
}

/**
 * Names the images in the index, and lists what refers to what, if all files that they need are
 * there.
 * @returns those that are gone.
 */
export async function publishImages(
  path: string,
  publication: Publication,
  options: LayoutSideOptions & { readonly needed: readonly string[] },
): Promise<string[]> {
  const { signal, onNotice, needed } = options;
  const findChanges = () => findChangedIndex(path, publication, options);
  // Nothing to say: no lock, no write.
  if (await findChanges() === undefined) return listGone(needed);
  await makeFolder(path);
  return await withLock(join(path, LOCK), async () => {
    const gone = listGone(needed);
    if (gone.length > 0) return gone;
    const marker = join(path, LAYOUT_FILE);
    if (!isPathThere(marker)) await writeAtomicFile(marker, LAYOUT);
    const changes = await findChanges();
    if (changes === undefined) return [];
    for (const { descriptor: { digest }, open } of changes.lists) {
      const file = fileOf(path, digest, options);
      await makeFolder(dirname(file));
      await writeAtomicFile(file, await collectStream(open(), MAX_DOCUMENT, digest));
    }
    await writeAtomicFile(join(path, INDEX_FILE), encodeIndex(changes.index));
    return [];
  }, { signal, onWait: (message) => onNotice?.({ code: "WAITING", message }) });
}

async function findChangedIndex(
  path: string,
  { images, reference, noted }: Publication,
  options: LayoutSideOptions,
): Promise<ChangedIndex | undefined> {
  const before = await ignoreAbsent(readLayoutIndex(path)) ?? createEmptyIndex();
  const hasSubject = async (digest: Digest) => isPathThere(fileOf(path, digest, options));
  const named = images.length === 0 ? before : addImages(before, images, reference);
  const changes = await addReferrers(named, noted, fetchFrom(path, options), hasSubject);
  return encodeJson(changes.index).equals(encodeJson(before)) ? undefined : changes;
}

function listGone(files: readonly string[]): string[] {
  return files.filter((file) => !isPathThere(file));
}
