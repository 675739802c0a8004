/** The tags of a cache: believed for a while, then asked about; the old one serves where nobody answers. */
import { setTimeout as delay } from "node:timers/promises";
import { codeOf, reasonOf } from "../../base/errors.ts";
import type { Digest } from "../../bytes/digest.ts";
import { createSharedWork } from "../../bytes/flow/shared-work.ts";
import type { Content } from "../../image/content.ts";
import type { ServedBytes } from "../storage.ts";
import { serveContent } from "../storages/content.ts";
import { type CachingLayout, changeKept, keepFetched } from "./layout.ts";
import type { CacheSettings } from "./settings.ts";
import type { UpstreamRepository } from "./upstream.ts";

/** The parts of a cached repository that tags are found in. */
export interface TagParts {
  readonly upstream: UpstreamRepository;
  readonly layout: CachingLayout;
  readonly settings: CacheSettings;
  /** Fetches what a tag names, and keeps it under that; `undefined` when there is no such tag. */
  readonly fetchManifest: (tag: string) => Promise<Content | undefined>;
}

/** The last that was found out about a tag. */
interface TagBelief {
  readonly digest: Digest;
  /** Until when nobody is asked, in milliseconds by a clock that nobody sets. */
  readonly until: number;
  readonly warning?: string;
}

// Of those that are looked after; one that is forgotten is asked about a little sooner.
const MOST_TAGS = 10_000;

// After which a registry that did not answer is asked again, in milliseconds.
const PAUSE = 10_000;

/** Makes what finds the manifest of a tag. Those who ask at a time share one question. */
export function createTagCheck(
  { upstream, layout, settings, fetchManifest }: TagParts,
): (tag: string) => Promise<ServedBytes | undefined> {
  const { tagTtl, patience, onNotice } = settings;
  const beliefs = new Map<string, TagBelief>();
  const share = createSharedWork<ServedBytes | undefined>();
  const believe = (tag: string, belief: TagBelief): void => {
    if (beliefs.size >= MOST_TAGS) beliefs.clear();
    beliefs.set(tag, belief);
  };
  const serveFresh = (tag: string, content: Content): ServedBytes => {
    believe(tag, { digest: content.descriptor.digest, until: performance.now() + tagTtl });
    return serveContent(content);
  };
  const serveStale = (tag: string, kept: Content, why: string): ServedBytes => {
    const since = `${tag} may have moved since`;
    onNotice({ code: "FALLBACK", message: `serving what is in the cache; ${since}: ${why}` });
    const warning = `${since}: its registry does not answer`; // why not is for the log
    const until = performance.now() + Math.min(tagTtl, PAUSE);
    believe(tag, { digest: kept.descriptor.digest, until, warning });
    return { ...serveContent(kept), warning };
  };
  const fetchNew = async (tag: string): Promise<ServedBytes | undefined> => {
    const fetched = await fetchManifest(tag);
    if (fetched !== undefined) return serveFresh(tag, fetched);
    await changeKept(`${tag} stays in the cache`, settings, () => layout.removeTag(tag));
    return undefined;
  };
  const askAgain = async (tag: string, kept: Content): Promise<ServedBytes | undefined> => {
    try {
      const { digest } = await upstream.headManifest(tag);
      if (digest === kept.descriptor.digest) return serveFresh(tag, kept);
      const other = await layout.findManifest(digest);
      if (other === undefined) return await fetchNew(tag);
      await keepFetched(layout, other, tag, settings);
      return serveFresh(tag, other);
    } catch (error) {
      if (codeOf(error) === "NOT_FOUND") return await fetchNew(tag);
      if (codeOf(error) !== "NETWORK") throw error;
      return serveStale(tag, kept, reasonOf(error));
    }
  };
  const findNew = async (tag: string): Promise<ServedBytes | undefined> => {
    // Another may have been faster since we looked.
    const kept = beliefs.has(tag) ? await layout.findManifest(tag) : undefined;
    return kept === undefined ? await fetchNew(tag) : serveContent(kept);
  };
  return async (tag) => {
    const kept = await layout.findManifest(tag);
    const belief = beliefs.get(tag);
    if (belief && belief.digest === kept?.descriptor.digest && performance.now() < belief.until) {
      return { ...serveContent(kept), warning: belief.warning };
    }
    if (kept === undefined) return await share(tag, () => findNew(tag));
    const asked = share(tag, () => askAgain(tag, kept));
    const late = await waitFor(asked, patience);
    return late ? serveStale(tag, kept, "its registry takes long to answer") : await asked;
  };
}

/** Waits for an answer; tells whether it did not come in time. What it is comes to others. */
async function waitFor(answer: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const enough = new AbortController();
  const { signal } = enough;
  const late = delay(milliseconds, true, { signal, ref: false }).catch(() => false);
  try {
    return await Promise.race([answer.then(() => false), late]);
  } finally {
    enough.abort();
  }
}
