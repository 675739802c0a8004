/** Makes a {@link Root} of a manifest's bytes. */
import type { Digest } from "../bytes/digest.ts";
import { NixociError } from "../base/errors.ts";
import { fromBytes } from "../bytes/stream.ts";
import { bytesOf, type Content, content } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { isObject, MAX_DOCUMENT, parseJson } from "./json.ts";
import { isConfig, isIndex, isManifest, layerType, SCHEMA1 } from "./media-types.ts";
import type { Layer, Root } from "./root.ts";
import {
  check,
  type ConfigJson,
  configSchema,
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
 * @throws NixociError `MALFORMED` for documents of two meanings or none, `UNSUPPORTED` for
 * Docker's schema 1, and what reading throws.
 * @example
 * ```ts
 * import { contentOf, imageOf, rootOf } from "nixoci";
 * const bytes = new TextEncoder().encode('{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}');
 * const config = contentOf("application/vnd.oci.image.config.v1+json", bytes);
 * const { manifest } = imageOf("oci", config, []);
 * const root = await rootOf(manifest, () => config);
 * console.log(root.kind); // image
 * ```
 */
export async function rootOf(manifest: Content, fetch: FetchContent): Promise<Root> {
  const what = `manifest ${manifest.descriptor.digest}`;
  const bytes = await bytesOf(manifest, MAX_DOCUMENT);
  const value = parseJson(bytes, what);
  const mediaType = mediaTypeOf(value, manifest.descriptor.mediaType, what);
  // Read once: opening it again gives these bytes, verified again.
  const kept = content({ ...manifest.descriptor, mediaType }, () => fromBytes(bytes));
  if (isIndex(mediaType)) return createIndexRoot(kept, check(indexSchema, value, what), fetch);
  return await readManifestRoot(kept, check(manifestSchema, value, what), fetch);
}

function createIndexRoot(manifest: Content, json: IndexJson, fetch: FetchContent): Root {
  const children = json.manifests.map((descriptor) => ({
    descriptor,
    load: () => readChild(descriptor, fetch),
  }));
  return { kind: "index", manifest, children };
}

/**
 * Loads an entry of an index. An unknown type must not be an error: it is copied as it is.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
async function readChild(descriptor: Descriptor, fetch: FetchContent): Promise<Root> {
  const { mediaType } = descriptor;
  if (isManifest(mediaType) || isIndex(mediaType) || SCHEMA1.includes(mediaType)) {
    return await rootOf(fetch(descriptor), fetch);
  }
  return { kind: "artifact", manifest: fetch(descriptor), blobs: [] };
}

async function readManifestRoot(
  manifest: Content,
  json: ManifestJson,
  fetch: FetchContent,
): Promise<Root> {
  const isImage = isConfig(json.config.mediaType) && json.artifactType === undefined &&
    json.layers.every((layer) => layerType(layer.mediaType) !== undefined);
  if (!isImage) {
    return { kind: "artifact", manifest, blobs: [json.config, ...json.layers].map(fetch) };
  }
  const { config, json: configJson } = await readConfig(fetch(json.config));
  const diffIds = configJson.rootfs.diff_ids ?? [];
  if (diffIds.length !== json.layers.length) {
    throw new NixociError(
      "MALFORMED",
      `manifest ${manifest.descriptor.digest} has ${json.layers.length} layers, ` +
        `but its config has ${diffIds.length} diff_ids`,
    );
  }
  const named = new Map<Digest, Digest>();
  const layers = json.layers.map((descriptor, i): Layer => {
    const other = named.get(descriptor.digest) ?? diffIds[i]!;
    named.set(descriptor.digest, other);
    if (other !== diffIds[i]) {
      throw new NixociError(
        "MALFORMED",
        `manifest ${manifest.descriptor.digest}: layers[${i}] is ${descriptor.digest}, of which ` +
          `the config says that it unpacks to ${other}, and to ${diffIds[i]}`,
      );
    }
    if (
      layerType(descriptor.mediaType)?.compression === "none" && descriptor.digest !== diffIds[i]
    ) {
      throw new NixociError(
        "MALFORMED",
        `manifest ${manifest.descriptor.digest}: layers[${i}] is uncompressed and has the digest ` +
          `${descriptor.digest}, but the config's diff_id is ${diffIds[i]}`,
      );
    }
    return { ...fetch(descriptor), diffId: diffIds[i]! };
  });
  return { kind: "image", manifest, config, layers };
}

/** Reads an image's config; returns its JSON, and the config with the bytes in memory. */
export async function readConfig(config: Content): Promise<{ config: Content; json: ConfigJson }> {
  const what = `config ${config.descriptor.digest}`;
  const bytes = await bytesOf(config, MAX_DOCUMENT);
  const json = check(configSchema, parseJson(bytes, what), what);
  return { config: content(config.descriptor, () => fromBytes(bytes)), json };
}

/** Parses a manifest. Cheap: a root's manifest is in memory. */
export async function readManifest(manifest: Content): Promise<ManifestJson> {
  const what = `manifest ${manifest.descriptor.digest}`;
  return check(manifestSchema, parseJson(await bytesOf(manifest, MAX_DOCUMENT), what), what);
}

/** Parses an index. Cheap: a root's manifest is in memory. */
export async function readIndex(manifest: Content): Promise<IndexJson> {
  const what = `index ${manifest.descriptor.digest}`;
  return check(indexSchema, parseJson(await bytesOf(manifest, MAX_DOCUMENT), what), what);
}

/**
 * Returns the document's media type. The descriptor, the document itself and its shape must agree:
 * one that is a manifest to some and an index to others is refused (CVE-2021-41190).
 */
function mediaTypeOf(value: unknown, described: string, what: string): string {
  if (!isObject(value)) {
    throw new NixociError("MALFORMED", `${what} is not a JSON object`);
  }
  const { mediaType, schemaVersion, manifests, layers, config, fsLayers } = value;
  if (schemaVersion === 1 || fsLayers !== undefined || SCHEMA1.includes(described)) {
    throw new NixociError("UNSUPPORTED", `${what} is in Docker's schema 1, which is obsolete`, {
      hint: "push the image again with a current Docker, or convert it with an older skopeo",
    });
  }
  if (manifests !== undefined && (layers !== undefined || config !== undefined)) {
    throw new NixociError("MALFORMED", `${what} is both an image and an index`);
  }
  const shape = manifests === undefined ? "manifest" : "index";
  const isShape = shape === "index" ? isIndex : isManifest;
  const stated = isIndex(described) || isManifest(described) ? described : mediaType;
  if (mediaType !== undefined && mediaType !== stated) {
    throw new NixociError(
      "MALFORMED",
      `${what} says that it is ${JSON.stringify(mediaType)}, but was named as ${described}`,
    );
  }
  if (stated === undefined) {
    return `application/vnd.oci.image.${shape}.v1+json`;
  }
  if (typeof stated !== "string" || !isShape(stated)) {
    throw new NixociError(
      "UNSUPPORTED",
      `${what} is ${JSON.stringify(stated)}, which is not what its fields say (${shape})`,
    );
  }
  return stated;
}
