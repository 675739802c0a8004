/** A manifest for a config and layers: how every new image gets its name. */
import { type Content, contentOf } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { encodeJson } from "./json.ts";
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
