/** One repository of another registry, kept in a layout as far as somebody has asked for it. */
import { codeOf, ignoreAbsent, reasonOf } from "../../base/errors.ts";
import { type Digest, isDigest } from "../../bytes/digest.ts";
import { createSharedWork } from "../../bytes/flow/shared-work.ts";
import type { Content } from "../../image/content.ts";
import type { ServedBytes, ServedRepository } from "../storage.ts";
import { serveContent } from "../storages/content.ts";
import { createGrowingBlob } from "./growing-blob.ts";
import { type CachingLayout, changeKept, keepFetched } from "./layout.ts";
import type { CacheSettings } from "./settings.ts";
import { createTagCheck } from "./tag-check.ts";
import type { UpstreamRepository } from "./upstream.ts";

// Blobs that somebody has asked about. Of more, one may be fetched twice.
const MOST_GROWING = 1_000;

/** Makes the repository. What has a digest is fetched once and for all; tags are asked about again. */
export function createCachedRepository(
  upstream: UpstreamRepository,
  layout: CachingLayout,
  settings: CacheSettings,
): ServedRepository {
  const shareManifest = createSharedWork<Content | undefined>();
  const fetchManifest = (reference: string) =>
    shareManifest(reference, async () => {
      const found = await ignoreAbsent(upstream.readManifest(reference));
      if (found !== undefined) await keepFetched(layout, found, reference, settings);
      return found;
    });
  const findTag = createTagCheck({ upstream, layout, settings, fetchManifest });
  const findBlob = createBlobFinder(upstream, layout, settings);
  const orKept = async <T>(
    asking: Promise<readonly T[]>,
    list: () => Promise<readonly T[]>,
  ): Promise<readonly T[]> => {
    try {
      return await asking;
    } catch (error) {
      const kept = codeOf(error) === "NETWORK" ? await list() : [];
      if (kept.length === 0) throw error; // that there are none, nobody has said
      const message = `answering from the cache: ${reasonOf(error)}`;
      settings.onNotice({ code: "FALLBACK", message });
      return kept;
    }
  };
  return {
    async findManifest(reference) {
      if (!isDigest(reference)) return await findTag(reference);
      const found = await layout.findManifest(reference) ?? await fetchManifest(reference);
      return found && serveContent(found);
    },
    findBlob,
    listTags: () => orKept(upstream.listTags(), () => layout.listTags()),
    listReferrers: (subject) =>
      orKept(upstream.listReferrers(subject), () => layout.listReferrers(subject)),
  };
}

/** Makes what finds blobs: of one that is not kept yet, one object, so that it is fetched once. */
function createBlobFinder(
  upstream: UpstreamRepository,
  layout: CachingLayout,
  settings: CacheSettings,
): (digest: Digest) => Promise<ServedBytes | undefined> {
  const { signal, onNotice, owners } = settings;
  const growing = new Map<string, ServedBytes>();
  const share = createSharedWork<ServedBytes | undefined>();
  const grow = (content: Content): ServedBytes => {
    const { digest } = content.descriptor;
    const onOver = (failure?: unknown): void => {
      if (growing.get(digest) === blob) growing.delete(digest);
      if (failure === undefined) return owners.note(digest, layout.path);
      const message = `${digest} is not kept: ${reasonOf(failure)}`;
      if (!signal.aborted) onNotice({ code: "FALLBACK", message });
    };
    const blob = createGrowingBlob(content, { begin: () => layout.beginBlob(), signal, onOver });
    const [oldest] = growing.keys();
    if (growing.size >= MOST_GROWING && oldest !== undefined) growing.delete(oldest);
    growing.set(digest, blob);
    return blob;
  };
  const find = async (digest: Digest): Promise<ServedBytes | undefined> => {
    const content = await upstream.findBlob(digest);
    if (content === undefined) return undefined;
    const owner = owners.find(digest);
    if (owner !== undefined) {
      const take = () => layout.takeBlob(digest, owner);
      await changeKept(`${digest} is not taken from ${owner}`, settings, take);
    }
    const kept = await layout.findBlob(digest); // or another was faster
    return kept === undefined ? grow(content) : serveContent(kept);
  };
  return async (digest) => {
    const kept = await layout.findBlob(digest);
    if (kept !== undefined) return serveContent(kept);
    return growing.get(digest) ?? await share(digest, () => find(digest));
  };
}
