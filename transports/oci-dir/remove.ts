/** Takes names and images out of a layout's index; blobs wait for `removeGarbage`. */
import { NixociError } from "../../src/base/errors.ts";
import type { Digest } from "../../src/bytes/digest.ts";
import { descriptorOf } from "../../src/image/documents/documents.ts";
import { isFallbackTag } from "../../src/image/referrers.ts";
import type { CanRemove, Holder } from "../../src/image/sink.ts";
import { findMeant, nameOf } from "../lib/layout-entries.ts";
import { markFrom } from "./mark.ts";
import type { LayoutSideOptions } from "./options.ts";
import { readLayoutIndex } from "./read.ts";
import { createIndexEditor } from "./repository/edit.ts";
import { dropManifest, omitEntries } from "./repository/entries.ts";
import { openListed } from "./repository/lookup.ts";

/** Creates the power to take things away from a layout. */
export function createLayoutRemover(path: string, options: LayoutSideOptions): CanRemove {
  const { signal, onNotice } = options;
  const onWait = (message: string) => onNotice?.({ code: "WAITING", message });
  const edit = createIndexEditor(path, { signal, onWait });
  const refuseMissing = (isThere: boolean, what: string): void => {
    if (!isThere) throw new NixociError("NOT_FOUND", `${path} has no image ${what}`);
  };
  return {
    async removeName(name) {
      const isThere = await edit((index) => {
        const gone = findMeant(index.manifests, name);
        return { ...index, manifests: index.manifests.filter((entry) => !gone.includes(entry)) };
      });
      refuseMissing(isThere, name);
    },
    async removeManifest(digest) {
      const manifest = await openListed(path, await readLayoutIndex(path), digest);
      const isThere = manifest === undefined // its file is gone, and its entries may be there
        ? await edit((index) => omitEntries(index, digest))
        : await dropManifest(path, manifest, edit);
      refuseMissing(isThere, digest);
    },
    listHolders: async (digest) => await listHolders(path, digest),
  };
}

async function listHolders(path: string, digest: Digest): Promise<Holder[]> {
  const holders: Holder[] = [];
  for (const entry of (await readLayoutIndex(path)).manifests) {
    const name = nameOf(entry);
    if (name === undefined) continue;
    if (entry.digest === digest) holders.push({ name, isInside: false });
    // A list of referrers goes without those that are gone.
    if (entry.digest === digest || isFallbackTag(name)) continue;
    const needed = new Set<Digest>();
    await markFrom(path, descriptorOf(entry), { needed, isSparse: true, omitsSubjects: true });
    if (needed.has(digest)) holders.push({ name, isInside: true });
  }
  return holders;
}
