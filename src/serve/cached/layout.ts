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

/** Keeps a manifest, under its tag if it was named so, where that can be. */
export async function keepFetched(
  layout: CachingLayout,
  manifest: Content,
  reference: string,
  settings: Pick<CacheSettings, "onNotice">,
): Promise<void> {
  await changeKept(`${manifest.descriptor.digest} is not kept`, settings, async () => {
    const bytes = await readContent(manifest, MAX_DOCUMENT);
    const isListed = !isDigest(reference) || parsePushedManifest(bytes).subject !== undefined;
    if (!isListed) return await keepUnlisted(layout, manifest, bytes);
    await layout.putManifest(manifest, isDigest(reference) ? [] : [reference], []);
  });
}

/**
 * Changes what is kept. Where that fails, it goes on without, and tells: what is right can be answered
 * all the same.
 * @param failed what is so then.
 */
export async function changeKept(
  failed: string,
  { onNotice }: Pick<CacheSettings, "onNotice">,
  change: () => Promise<unknown>,
): Promise<void> {
  try {
    await change();
  } catch (error) {
    onNotice({ code: "FALLBACK", message: `${failed}: ${reasonOf(error)}` });
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
