/** The manifests and tags of one repository, in memory. */
import { streamBytes } from "../../bytes/stream.ts";
import { type Digest, isDigest } from "../../bytes/digest.ts";
import { type Content, readContent } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import { parsePushedManifest, pushedReferrerOf } from "../document.ts";
import type { ServedBytes } from "../storage.ts";

/** A manifest as it was pushed. */
export interface KeptManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** The manifests of a repository by their digests, and the digests by their tags. */
export interface KeptManifests {
  readonly manifests: Map<string, KeptManifest>;
  readonly tags: Map<string, string>;
}

/** Serves bytes that are in memory. */
export function serveBytes(mediaType: string, digest: Digest, bytes: Uint8Array): ServedBytes {
  return {
    descriptor: { mediaType, digest, size: bytes.length },
    read: (start, end) => streamBytes(bytes.subarray(start, end)),
  };
}

/** Finds the manifest that a tag or digest names. */
export function findManifest(
  { manifests, tags }: KeptManifests,
  reference: string,
): ServedBytes | undefined {
  const digest = tags.get(reference) ?? reference;
  const found = manifests.get(digest);
  return found && isDigest(digest) ? serveBytes(found.mediaType, digest, found.bytes) : undefined;
}

/** Keeps a manifest, verified, and moves the tags to it. */
export async function keepManifest(
  { manifests, tags }: KeptManifests,
  manifest: Content,
  names: readonly string[],
): Promise<void> {
  const { mediaType, digest, size } = manifest.descriptor;
  manifests.set(digest, { mediaType, bytes: await readContent(manifest, size) });
  for (const tag of names) tags.set(tag, digest);
}

/** Removes a manifest and the tags that name it; tells whether there was one. */
export function removeManifest({ manifests, tags }: KeptManifests, digest: string): boolean {
  for (const [tag, named] of tags) if (named === digest) tags.delete(tag);
  return manifests.delete(digest);
}

/** Finds the manifests whose subject is this one. */
export function findReferrers({ manifests }: KeptManifests, subject: Digest): Descriptor[] {
  return [...manifests].flatMap(([digest, { mediaType, bytes }]) => {
    const document = parsePushedManifest(bytes);
    if (document.subject !== subject || !isDigest(digest)) return [];
    return [pushedReferrerOf({ mediaType, digest, size: bytes.length }, document)];
  });
}
