/** Takes names and images out of a layout's index; blobs wait for `removeGarbage`. */
import { join } from "node:path";
import { NixociError } from "../../src/base/errors.ts";
import type { Digest } from "../../src/bytes/digest.ts";
import { writeAtomicFile } from "../../src/bytes/disk/atomic.ts";
import { withLock } from "../../src/bytes/disk/process-lock.ts";
import { descriptorOf } from "../../src/image/documents/documents.ts";
import type { CanRemove, Holder } from "../../src/image/sink.ts";
import { findMeant, type IndexEntry, nameOf } from "../lib/layout-entries.ts";
import { encodeIndex, INDEX_FILE } from "../lib/layout.ts";
import { LOCK } from "./begun.ts";
import { markFrom } from "./mark.ts";
import type { LayoutSideOptions } from "./options.ts";
import { readLayoutIndex } from "./read.ts";

/** Creates the power to take things away from a layout. */
export function createLayoutRemover(path: string, options: LayoutSideOptions): CanRemove {
  const { signal, onNotice } = options;
  const remove = async (
    what: string,
    choose: (entries: readonly IndexEntry[]) => readonly IndexEntry[],
  ): Promise<void> => {
    const onWait = (message: string) => onNotice?.({ code: "WAITING", message });
    await withLock(join(path, LOCK), async () => {
      const index = await readLayoutIndex(path);
      const gone = choose(index.manifests);
      if (gone.length === 0) throw new NixociError("NOT_FOUND", `${path} has no image ${what}`);
      const manifests = index.manifests.filter((entry) => !gone.includes(entry));
      await writeAtomicFile(join(path, INDEX_FILE), encodeIndex({ ...index, manifests }));
    }, { signal, onWait });
  };
  return {
    removeName: (name) => remove(name, (entries) => findMeant(entries, name)),
    removeManifest: (digest) =>
      remove(digest, (entries) => entries.filter((entry) => entry.digest === digest)),
    listHolders: async (digest) => await listHolders(path, digest),
  };
}

async function listHolders(path: string, digest: Digest): Promise<Holder[]> {
  const holders: Holder[] = [];
  for (const entry of (await readLayoutIndex(path)).manifests) {
    const name = nameOf(entry);
    if (name === undefined) continue;
    const needed = new Set<Digest>();
    await markFrom(path, descriptorOf(entry), { needed, isSparse: true });
    if (needed.has(digest)) holders.push({ name, isInside: entry.digest !== digest });
  }
  return holders;
}
