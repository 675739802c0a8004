/** The layout that a cache keeps a repository in: part of an image is enough. */
import { reasonOf } from "../../base/errors.ts";
import { isDigest } from "../../bytes/digest.ts";
import { type Content, readContent } from "../../image/content.ts";
import { MAX_DOCUMENT } from "../../image/json.ts";
import { parsePushedManifest } from "../document.ts";
import type { ServableLayout } from "../storages/layouts.ts";
import type { ReadableWriter } from "./growing-blob.ts";
import type { CacheSettings } from "./settings.ts";

/** A layout that what is fetched is kept in; `openLayoutRepository` makes one. */
export interface CachingLayout extends ServableLayout {
  beginBlob(): Promise<ReadableWriter>;
}

/**
 * Keeps a manifest, under its tag if it was named so. Where that fails, it goes on without, and tells.
 */
export async function keepFetched(
  layout: CachingLayout,
  manifest: Content,
  reference: string,
  { onNotice }: Pick<CacheSettings, "onNotice">,
): Promise<void> {
  try {
    const bytes = await readContent(manifest, MAX_DOCUMENT);
    const isListed = !isDigest(reference) || parsePushedManifest(bytes).subject !== undefined;
    if (!isListed) return await keepUnlisted(layout, manifest, bytes);
    await layout.putManifest(manifest, isDigest(reference) ? [] : [reference], []);
  } catch (error) {
    onNotice(createKeepNotice(manifest.descriptor.digest, error));
  }
}

/** Keeps a manifest as a blob alone: as what an index lists, it is found without an entry. */
async function keepUnlisted(
  layout: CachingLayout,
  { descriptor }: Content,
  bytes: Uint8Array,
): Promise<void> {
  const writer = await layout.beginBlob();
  try {
    await writer.write(bytes);
    await writer.commit(descriptor.digest);
  } finally {
    await writer[Symbol.asyncDispose]();
  }
}

/** Makes the notice that something did not get into the cache. */
export function createKeepNotice(digest: string, error: unknown) {
  return { code: "FALLBACK", message: `${digest} is not kept: ${reasonOf(error)}` } as const;
}
