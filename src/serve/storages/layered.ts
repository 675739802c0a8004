/** A repository of two layers: what was pushed and waits, over what has found its place below. */
import type { Digest } from "../../bytes/digest.ts";
import type { Content } from "../../image/content.ts";
import type { FetchContent } from "../../image/documents/load.ts";
import type { Root } from "../../image/root.ts";
import { loadTree } from "../../image/tree.ts";
import type { PushableRepository, ServedBytes, ServedRepository } from "../storage.ts";
import { fetchServed } from "./content.ts";
import type { StagedRepository } from "./staged.ts";

/** A manifest under the tags that it was pushed by. */
export interface PushedImage {
  readonly manifest: Content;
  readonly tags: readonly string[];
}

/** The layer below, and the way there. */
export interface LowerLayer {
  findBelow(): Promise<ServedRepository | undefined>;
  /** Puts an image below, with all that it names, and says what it was. */
  place(image: PushedImage, fetch: FetchContent): Promise<Root>;
  findElsewhere(repository: string, digest: Digest): Promise<ServedBytes | undefined>;
}

/** Lays a staged repository over what is below; an image goes there when a tag names it. */
export function createLayeredRepository(
  staged: StagedRepository,
  { findBelow, place, findElsewhere }: LowerLayer,
): PushableRepository {
  const findBlob = async (digest: Digest): Promise<ServedBytes | undefined> =>
    await staged.findBlob(digest) ?? await (await findBelow())?.findBlob(digest);
  const findManifest = async (reference: string): Promise<ServedBytes | undefined> =>
    await staged.findManifest(reference) ?? await (await findBelow())?.findManifest(reference);
  const fetch = fetchServed({ findManifest, findBlob });
  let last: Promise<unknown> = Promise.resolve();
  const settle = async (image: PushedImage): Promise<void> => {
    const root = await place(image, fetch);
    const { blobs, manifests } = await loadTree(root);
    const contents = [root.manifest, ...manifests, ...blobs.map((blob) => blob.content)];
    await staged.drop(contents.map(({ descriptor }) => descriptor.digest));
  };
  return {
    findManifest,
    findBlob,
    listTags: async () => await (await findBelow())?.listTags() ?? [],
    listReferrers: async (subject) => [
      ...await staged.listReferrers(subject),
      ...await (await findBelow())?.listReferrers(subject) ?? [],
    ],
    beginBlob: staged.beginBlob,
    async putManifest(manifest, tags) {
      await staged.putManifest(manifest, [], []);
      if (tags.length === 0) return;
      // One by one: an image that is settling may hold what the next one needs, too.
      const settled = last.then(() => settle({ manifest, tags }));
      last = settled.catch(() => {});
      await settled;
    },
    async mountBlob(digest, from) {
      if (await findBlob(digest) !== undefined) return true;
      const found = await findElsewhere(from, digest);
      if (found !== undefined) staged.share(found);
      return found !== undefined;
    },
  };
}
