/** A manifest for a config and layers: how every new image gets its name. */
import { type Content, contentOf } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { encodeJson } from "./json.ts";
import { readManifest } from "./load.ts";
import { type Format, MEDIA_TYPES } from "./media-types.ts";
import type { Image, Layer } from "./root.ts";

/** What of a former manifest is to stay: annotations, subject, unknown fields. */
export type ManifestExtras = Readonly<Record<string, unknown>>;

/**
 * The image with a manifest made for it: fields in the specification's order, then those that
 * `extras` brings. The config's bytes are kept; its media type becomes the format's.
 */
export function imageOf(
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

/** What is to be other than it was. */
export interface Changes {
  readonly format?: Format;
  readonly config?: Content;
  readonly layers?: readonly Layer[];
}

/**
 * The image with a config, layers or format of its own; annotations, subject and whatever else the
 * manifest says stay.
 */
export async function rebuilt(image: Image, changes: Changes): Promise<Image> {
  const extras = await readExtras(image);
  const format = changes.format ?? formatOf(image);
  const { config = image.config, layers = image.layers } = changes;
  // Docker's manifests have none of OCI's extra fields; what one has all the same, it keeps.
  const kept = format === "docker" && formatOf(image) !== "docker" ? {} : extras;
  return imageOf(format, config, layers, kept);
}

/** What the image's manifest says besides what every manifest says. */
export async function readExtras({ manifest }: Image): Promise<ManifestExtras> {
  const json = await readManifest(manifest);
  const { schemaVersion: _v, mediaType: _m, config: _c, layers: _l, ...extras } = json;
  return extras;
}

/** The family that the image's manifest is written in. */
function formatOf({ manifest }: Image): Format {
  return manifest.descriptor.mediaType === MEDIA_TYPES.docker.manifest ? "docker" : "oci";
}
