/**
 * Keeps what refers to what in a layout as in a registry without the API: in an index under a name
 * that is made of the subject's digest. Other tools (oras) have such manifests in `index.json` itself: these
 * are found, too.
 */
import type { Digest } from "../../src/bytes/digest.ts";
import { ignoreAbsent } from "../../src/base/errors.ts";
import { type Content, readContent } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { descriptorOf } from "../../src/image/documents/documents.ts";
import { childOf, type FetchContent } from "../../src/image/documents/load.ts";
import type { IndexJson } from "../../src/image/documents/schemas.ts";
import { MAX_DOCUMENT } from "../../src/image/json.ts";
import { isIndex, isManifest } from "../../src/image/media-types.ts";
import {
  createReferrersIndex,
  fallbackTagOf,
  isDigestTag,
  isFallbackTag,
  readReferrers,
  referrerOf,
  subjectOf,
} from "../../src/image/referrers.ts";
import type { CanListDigestTags, CanListReferrers } from "../../src/image/source.ts";
import { nameOf, setName } from "./layout-entries.ts";

/** Creates the powers to say what refers to a manifest. */
export function createLayoutReferrers(
  index: IndexJson,
  fetch: FetchContent,
): CanListReferrers & CanListDigestTags {
  let entries: Promise<Map<Digest, Descriptor[]>> | undefined;
  return {
    async listReferrers(subject) {
      const listed = await readListed(index, subject, fetch);
      const others = (await (entries ??= groupBySubject(index, fetch))).get(subject) ?? [];
      const all = new Map([...listed, ...others].map((one) => [one.digest, one]));
      return [...all.values()].map((one) => childOf(one, fetch));
    },
    listDigestTags(subject) {
      const prefix = fallbackTagOf(subject);
      const names = index.manifests.flatMap((entry) => nameOf(entry) ?? []);
      const found = names.filter((name) => isDigestTag(name) && name.startsWith(prefix));
      return Promise.resolve([...new Set(found)].map((name) => ({ select: name, name })));
    },
  };
}

async function readListed(
  index: IndexJson,
  subject: Digest,
  fetch: FetchContent,
): Promise<readonly Descriptor[]> {
  const name = fallbackTagOf(subject);
  const entry = index.manifests.findLast((one) => nameOf(one) === name);
  return entry === undefined ? [] : await readReferrers(fetch(descriptorOf(entry)), subject);
}

/** Reads which of the entries have a subject. */
async function groupBySubject(
  index: IndexJson,
  fetch: FetchContent,
): Promise<Map<Digest, Descriptor[]>> {
  const found = new Map<Digest, Descriptor[]>();
  for (const entry of index.manifests) {
    const { mediaType, digest } = entry;
    if (isFallbackTag(nameOf(entry) ?? "") || !isManifest(mediaType) && !isIndex(mediaType)) {
      continue;
    }
    // Some other image may not be whole.
    const bytes = await ignoreAbsent(readContent(fetch(descriptorOf(entry)), MAX_DOCUMENT));
    const subject = bytes && subjectOf(bytes);
    if (subject === undefined) continue;
    const own = referrerOf({ mediaType, digest, size: entry.size }, JSON.parse(String(bytes)));
    found.set(subject, [...found.get(subject) ?? [], own]);
  }
  return found;
}

/** A manifest that was put, and what it refers to. */
export interface NotedReferrer {
  readonly subject: Digest;
  readonly descriptor: Descriptor;
}

/** Reads whether a manifest that is put refers to another one. */
export async function noteReferrer(manifest: Content): Promise<NotedReferrer | undefined> {
  const { mediaType } = manifest.descriptor;
  if (!isManifest(mediaType) && !isIndex(mediaType)) return undefined;
  const bytes = await readContent(manifest, MAX_DOCUMENT);
  const subject = subjectOf(bytes);
  if (subject === undefined) return undefined;
  return { subject, descriptor: referrerOf(manifest.descriptor, JSON.parse(String(bytes))) };
}

/**
 * Returns the index with the lists of the referrers in it, and these lists, which are to be stored
 * before it.
 * @param hasSubject tells whether a subject is in the layout: of what is not, nothing is listed.
 */
export async function addReferrers(
  index: IndexJson,
  noted: readonly NotedReferrer[],
  fetch: FetchContent,
  hasSubject: (subject: Digest) => Promise<boolean>,
): Promise<{ readonly index: IndexJson; readonly lists: readonly Content[] }> {
  let changed = index;
  const lists: Content[] = [];
  for (const [subject, referrers] of Map.groupBy(noted, ({ subject }) => subject)) {
    if (!await hasSubject(subject)) continue;
    const there = await readListed(index, subject, fetch);
    const known = new Set(there.map(({ digest }) => digest));
    const news = new Map(
      referrers.filter(({ descriptor: { digest } }) => !known.has(digest))
        .map(({ descriptor }) => [descriptor.digest, descriptor]),
    );
    if (news.size === 0) continue;
    const list = createReferrersIndex([...there, ...news.values()]);
    lists.push(list);
    changed = setName(changed, fallbackTagOf(subject), list.descriptor);
  }
  return { index: changed, lists };
}
