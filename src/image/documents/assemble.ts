/** Makes manifests for configs and layers: every new image gets its digest here. */
import { type Content, contentOf } from "../content.ts";
import type { Descriptor } from "../descriptor.ts";
import { encodeJson } from "../json.ts";
import { readManifest } from "./load.ts";
import { type Format, MEDIA_TYPES } from "../media-types.ts";
import type { Image, Layer } from "../root.ts";

/** The fields of an older manifest that stay: annotations, subject, unknown fields. */
export type ManifestExtras = Readonly<Record<string, unknown>>;

/**
 * Creates an image by making its manifest: fields in the specification's order, then those of
 * `extras`. The config keeps its bytes; its media type becomes the format's.
 * @example
 * ```ts
 * import { contentOf, createImage } from "nixoci";
 * const json = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [] } };
 * const bytes = new TextEncoder().encode(JSON.stringify(json));
 * const image = createImage("oci", contentOf("application/json", bytes), []);
 * console.log(image.config.descriptor.mediaType); // application/vnd.oci.image.config.v1+json
 * ```
 */
export function createImage(
  format: Format,
  config: Content,
  layers: readonly Layer[],
  extras: ManifestExtras = {},
): Image {
  const types = MEDIA_TYPES[format];
  const typed = { ...config, descriptor: { ...config.descriptor, mediaType: types.config } };
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: typed.descriptor,
    layers: layers.map((layer): Descriptor => layer.descriptor),
    ...extras,
  };
  return {
    kind: "image",
    manifest: contentOf(types.manifest, encodeJson(manifest)),
    config: typed,
    layers,
  };
}

/** The parts of an image that change; those left out stay. */
export interface ImageChanges {
  readonly format?: Format;
  readonly config?: Content;
  readonly layers?: readonly Layer[];
  /** All of the manifest's annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Makes an image again with another config, other layers or in another format. Annotations, subject
 * and every other field of the manifest stay.
 * @example
 * ```ts
 * import { openSource, rebuildImage, resolveImage } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const image = await resolveImage(source);
 * const docker = await rebuildImage(image, { format: "docker" });
 * console.log(docker.config.descriptor.digest === image.config.descriptor.digest); // true
 * ```
 */
export async function rebuildImage(image: Image, changes: ImageChanges): Promise<Image> {
  const extras = await readExtras(image);
  const format = changes.format ?? formatOf(image);
  const { config = image.config, layers = image.layers } = changes;
  // Docker's manifests have none of OCI's extra fields; one that has them all the same keeps them.
  const kept = format === "docker" && formatOf(image) !== "docker" ? {} : extras;
  if (changes.annotations === undefined) return createImage(format, config, layers, kept);
  const { annotations: _a, ...others } = kept;
  const isEmpty = Object.keys(changes.annotations).length === 0;
  const annotations = isEmpty ? {} : { annotations: changes.annotations };
  return createImage(format, config, layers, { ...others, ...annotations });
}

/** Reads the fields of an image's manifest that not every manifest has. */
export async function readExtras({ manifest }: Image): Promise<ManifestExtras> {
  const json = await readManifest(manifest);
  const { schemaVersion: _v, mediaType: _m, config: _c, layers: _l, ...extras } = json;
  return extras;
}

/** Returns the family that the image's manifest is written in. */
export function formatOf({ manifest }: Image): Format {
  return manifest.descriptor.mediaType === MEDIA_TYPES.docker.manifest ? "docker" : "oci";
}
