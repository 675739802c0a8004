/** Finds in a layout what a registry's clients name: by tag, by digest, with or without an entry. */
import type { Digest } from "../../../src/bytes/digest.ts";
import { isDigest } from "../../../src/bytes/digest.ts";
import { type Content, readContent } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { descriptorOf } from "../../../src/image/documents/documents.ts";
import type { IndexJson } from "../../../src/image/documents/schemas.ts";
import { isObject, MAX_DOCUMENT } from "../../../src/image/json.ts";
import { isIndex, isManifest, MEDIA_TYPES } from "../../../src/image/media-types.ts";
import { isTag } from "../../../src/image/reference.ts";
import { type IndexEntry, nameOf } from "../../lib/layout-entries.ts";
import { fetchFrom, findBlob } from "../read.ts";

// The tag of the only image, where it has no name.
const UNNAMED = "latest";

/** Returns the tag of an entry: its name, or the end of it where other tools have written all of it. */
export function tagOf(entry: IndexEntry, all: readonly IndexEntry[]): string | undefined {
  const name = nameOf(entry);
  if (name === undefined) return all.length === 1 ? UNNAMED : undefined;
  const tag = name.slice(name.lastIndexOf(":") + 1);
  return isTag(tag) ? tag : undefined;
}

/** Finds the entry of a tag: the one of exactly this name, or else the last that ends in it. */
export function findTagged(entries: readonly IndexEntry[], tag: string): IndexEntry | undefined {
  return entries.findLast((entry) => nameOf(entry) === tag) ??
    entries.findLast((entry) => tagOf(entry, entries) === tag);
}

/** Opens the manifest that a tag or digest names, if it is there. */
export async function openListed(
  path: string,
  { manifests }: IndexJson,
  reference: string,
): Promise<Content | undefined> {
  const entry = isDigest(reference)
    ? manifests.find(({ digest }) => digest === reference)
    : findTagged(manifests, reference);
  if (entry !== undefined) {
    const there = await findBlob(path, entry.digest, {});
    return there?.descriptor.size === entry.size
      ? fetchFrom(path, {})(omitNames(descriptorOf(entry)))
      : undefined;
  }
  return isDigest(reference) ? await openUnlisted(path, reference) : undefined;
}

/** Opens a blob that is a manifest: a child of an index, or one that has lost its name. */
async function openUnlisted(path: string, digest: Digest): Promise<Content | undefined> {
  const blob = await findBlob(path, digest, {});
  if (blob === undefined || blob.descriptor.size > MAX_DOCUMENT) return undefined;
  const mediaType = typeOf(await readContent(blob, MAX_DOCUMENT));
  return mediaType === undefined
    ? undefined
    : fetchFrom(path, {})({ ...blob.descriptor, mediaType });
}

function omitNames({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

/** Returns the media type of a manifest's bytes; `undefined` for what is none. */
function typeOf(bytes: Buffer): string | undefined {
  if (bytes[0] !== OPENING_BRACE) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(String(bytes));
  } catch {
    return undefined;
  }
  if (!isObject(json)) return undefined;
  const { mediaType, schemaVersion, manifests, config, layers } = json;
  if (typeof mediaType === "string") {
    return isManifest(mediaType) || isIndex(mediaType) ? mediaType : undefined;
  }
  if (schemaVersion !== 2) return undefined;
  if (Array.isArray(manifests)) return MEDIA_TYPES.oci.index;
  return isObject(config) && Array.isArray(layers) ? MEDIA_TYPES.oci.manifest : undefined;
}

const OPENING_BRACE = 0x7b;
