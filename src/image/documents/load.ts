/** Makes a {@link Root} of a manifest's bytes. */
import { type Digest, isDigest } from "../../bytes/digest.ts";
import { NixociError } from "../../base/errors.ts";
import { streamBytes } from "../../bytes/stream.ts";
import { type Content, content, readContent } from "../content.ts";
import type { Descriptor } from "../descriptor.ts";
import {
  descriptorOf,
  parseConfig,
  parseConfigIfAny,
  parseDocument,
  parseIndex,
  parseManifest,
} from "./documents.ts";
import { documentTypeOf } from "./document-type.ts";
import { MAX_DOCUMENT } from "../json.ts";
import { isConfig, isIndex, isManifest, layerTypeOf, SCHEMA1 } from "../media-types.ts";
import type { Child, Layer, OnLayers, Root } from "../root.ts";
import {
  checkShape,
  type ConfigJson,
  type IndexJson,
  indexSchema,
  type ManifestJson,
  manifestSchema,
} from "./schemas.ts";

/** A function that returns the content of a descriptor, from the place that the manifest is from. */
export type FetchContent = (descriptor: Descriptor) => Content;

/**
 * Reads the root that a manifest describes: the manifest and, of an image, the config (to learn the
 * diffIDs); nothing of its layers or children.
 * @param onLayers gets the layers of an image before its config is read.
 * @throws NixociError `MALFORMED` for documents of two meanings or none, `UNSUPPORTED` for
 * Docker's schema 1, and what reading throws.
 * @example
 * ```ts
 * import { contentOf, createImage, readRoot } from "nixoci";
 * const bytes = new TextEncoder().encode('{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}');
 * const config = contentOf("application/vnd.oci.image.config.v1+json", bytes);
 * const { manifest } = createImage("oci", config, []);
 * const root = await readRoot(manifest, () => config);
 * console.log(root.kind); // image
 * ```
 */
export async function readRoot(
  manifest: Content,
  fetch: FetchContent,
  onLayers?: OnLayers,
): Promise<Root> {
  return await readRootAt(0, manifest, fetch, onLayers);
}

/** Indexes in one another: people need two. */
const MAX_INDEX_DEPTH = 32;

async function readRootAt(
  depth: number,
  manifest: Content,
  fetch: FetchContent,
  onLayers?: OnLayers,
): Promise<Root> {
  const what = `manifest ${manifest.descriptor.digest}`;
  checkDigest(manifest.descriptor);
  const bytes = await readContent(manifest, MAX_DOCUMENT);
  const value = parseDocument(bytes, what);
  const mediaType = documentTypeOf(value, manifest.descriptor.mediaType, what);
  // Read once: opening it again gives these bytes, verified again.
  const kept = content({ ...manifest.descriptor, mediaType }, () => streamBytes(bytes));
  if (isIndex(mediaType)) {
    return createIndexRoot(depth, kept, checkShape(indexSchema, value, what), fetch);
  }
  return await readManifestRoot(kept, checkShape(manifestSchema, value, what), fetch, onLayers);
}

function createIndexRoot(
  depth: number,
  manifest: Content,
  json: IndexJson,
  fetch: FetchContent,
): Root {
  if (depth === MAX_INDEX_DEPTH) {
    const { digest } = manifest.descriptor;
    throw new NixociError("LIMIT", `index ${digest} lies in ${depth} others, and that is too deep`);
  }
  const children = json.manifests.map((entry) => {
    const descriptor = descriptorOf(entry);
    const load: Child["load"] = (onLayers) => readChild(depth + 1, descriptor, fetch, onLayers);
    return { descriptor, load };
  });
  return { kind: "index", manifest, children };
}

/** Refuses a digest whose algorithm is unknown here: what it names cannot be verified. */
function checkDigest({ digest }: Descriptor): void {
  if (isDigest(digest)) return;
  throw new NixociError("UNSUPPORTED", `${digest} cannot be verified: its algorithm is not known`, {
    hint: "nixoci knows sha256 and sha512; choose what has such a digest",
  });
}

/**
 * Refuses an entry of an index that no version of the specification could take for a manifest, such as
 * a web page.
 * @throws NixociError `MALFORMED`.
 */
export function checkEntryType({ digest, mediaType }: Descriptor): void {
  if (/^application\//i.test(mediaType)) return;
  throw new NixociError(
    "MALFORMED",
    `${digest} is in an index as ${mediaType}, not as a manifest`,
    {
      hint: "choose another entry of the index, or have it made without this one",
    },
  );
}

/** Returns what a descriptor names, to be loaded as an index's children are. */
export function childOf(descriptor: Descriptor, fetch: FetchContent): Child {
  return { descriptor, load: (onLayers) => readChild(1, descriptor, fetch, onLayers) };
}

/**
 * Loads an entry of an index. An unknown type must not be an error: it is copied as it is.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
async function readChild(
  depth: number,
  descriptor: Descriptor,
  fetch: FetchContent,
  onLayers: OnLayers | undefined,
): Promise<Root> {
  const { mediaType } = descriptor;
  checkDigest(descriptor);
  checkEntryType(descriptor);
  if (isManifest(mediaType) || isIndex(mediaType) || SCHEMA1.includes(mediaType)) {
    return await readRootAt(depth, fetch(descriptor), fetch, onLayers);
  }
  return { kind: "artifact", manifest: fetch(descriptor), blobs: [] };
}

async function readManifestRoot(
  manifest: Content,
  json: ManifestJson,
  fetch: FetchContent,
  onLayers: OnLayers | undefined,
): Promise<Root> {
  const isTypedAsImage = isConfig(json.config.mediaType) && json.artifactType === undefined &&
    json.layers.every((layer) => layerTypeOf(layer.mediaType) !== undefined);
  if (isTypedAsImage) onLayers?.(json.layers.map(fetch));
  const found = isTypedAsImage ? await readIfConfig(fetch(json.config)) : undefined;
  if (found === undefined) {
    return { kind: "artifact", manifest, blobs: [json.config, ...json.layers].map(fetch) };
  }
  const layers = parseLayers(manifest, json, found.json, fetch);
  return { kind: "image", manifest, config: found.config, layers };
}

async function readIfConfig(
  config: Content,
): Promise<{ config: Content; json: ConfigJson } | undefined> {
  const bytes = await readContent(config, MAX_DOCUMENT);
  const json = parseConfigIfAny(bytes, `config ${config.descriptor.digest}`);
  return json && { config: keep(config, bytes), json };
}

/** Returns an image's layers with their diffIDs. @throws NixociError `MALFORMED` on contradictions. */
function parseLayers(
  manifest: Content,
  json: ManifestJson,
  { rootfs }: ConfigJson,
  fetch: FetchContent,
): Layer[] {
  const diffIds = rootfs.diff_ids ?? [];
  if (diffIds.length !== json.layers.length) {
    throw new NixociError(
      "MALFORMED",
      `manifest ${manifest.descriptor.digest} has ${json.layers.length} layers, ` +
        `but its config has ${diffIds.length} diff_ids`,
    );
  }
  const named = new Map<Digest, Digest>();
  return json.layers.map((descriptor, i): Layer => {
    const other = named.get(descriptor.digest) ?? diffIds[i]!;
    named.set(descriptor.digest, other);
    if (other !== diffIds[i]) {
      throw new NixociError(
        "MALFORMED",
        `manifest ${manifest.descriptor.digest}: layers[${i}] is ${descriptor.digest}, of which ` +
          `the config says that it unpacks to ${other}, and to ${diffIds[i]}`,
      );
    }
    return { ...fetch(descriptor), diffId: diffIds[i]! };
  });
}

/** Reads an image's config; returns its JSON, and the config with the bytes in memory. */
export async function readConfig(config: Content): Promise<{ config: Content; json: ConfigJson }> {
  const bytes = await readContent(config, MAX_DOCUMENT);
  const json = parseConfig(bytes, `config ${config.descriptor.digest}`);
  return { config: keep(config, bytes), json };
}

/** Returns content that was read once; opening it again gives these bytes, verified again. */
function keep({ descriptor }: Content, bytes: Uint8Array): Content {
  return content(descriptor, () => streamBytes(bytes));
}

/** Parses a manifest. Cheap: a root's manifest is in memory. */
export async function readManifest(manifest: Content): Promise<ManifestJson> {
  const bytes = await readContent(manifest, MAX_DOCUMENT);
  return parseManifest(bytes, `manifest ${manifest.descriptor.digest}`);
}

/** Parses an index. Cheap: a root's manifest is in memory. */
export async function readIndex(manifest: Content): Promise<IndexJson> {
  const bytes = await readContent(manifest, MAX_DOCUMENT);
  return parseIndex(bytes, `index ${manifest.descriptor.digest}`);
}
