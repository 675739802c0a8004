/**
 * The media types that nixoci understands. Anything else is copied as it is.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md
 * @see https://distribution.github.io/distribution/spec/manifest-v2-2/
 */
import type { Compression } from "../bytes/detect.ts";
import type { Descriptor } from "./descriptor.ts";

/** The two families of manifest that images are written in. */
export type Format = "oci" | "docker";

/** The media types of each family's documents. */
export const MEDIA_TYPES = {
  oci: {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    index: "application/vnd.oci.image.index.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
  },
  docker: {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
  },
} as const satisfies Record<Format, Record<string, string>>;

/** The type of a config, or of a layer, with nothing in it: how the specification says that there is none. */
export const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json";

/** Docker's first manifest format: obsolete, and not read here. */
export const SCHEMA1 = [
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
];

/** A layer's form, as its media type says it. */
export interface LayerType {
  readonly format: Format;
  readonly compression: Compression;
  /** `false` for layers that a licence forbids to distribute ("foreign", "nondistributable"). */
  readonly distributable: boolean;
}

const LAYERS: Readonly<Record<string, LayerType>> = {
  "application/vnd.oci.image.layer.v1.tar": layerOf("oci", "none"),
  "application/vnd.oci.image.layer.v1.tar+gzip": layerOf("oci", "gzip"),
  "application/vnd.oci.image.layer.v1.tar+zstd": layerOf("oci", "zstd"),
  "application/vnd.oci.image.layer.nondistributable.v1.tar": layerOf("oci", "none", false),
  "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip": layerOf(
    "oci",
    "gzip",
    false,
  ),
  "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd": layerOf(
    "oci",
    "zstd",
    false,
  ),
  "application/vnd.docker.image.rootfs.diff.tar": layerOf("docker", "none"),
  "application/vnd.docker.image.rootfs.diff.tar.gzip": layerOf("docker", "gzip"),
  // Not in Docker's specification, but containerd and BuildKit write it.
  "application/vnd.docker.image.rootfs.diff.tar.zstd": layerOf("docker", "zstd"),
  "application/vnd.docker.image.rootfs.foreign.diff.tar": layerOf("docker", "none", false),
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip": layerOf(
    "docker",
    "gzip",
    false,
  ),
};

function layerOf(format: Format, compression: Compression, distributable = true): LayerType {
  return { format, compression, distributable };
}

/** Returns the form of a layer with this media type; `undefined` when it is not a layer's. */
export function layerTypeOf(mediaType: string): LayerType | undefined {
  return Object.hasOwn(LAYERS, mediaType) ? LAYERS[mediaType] : undefined;
}

/** Tells whether a licence keeps a layer where its `urls` say. */
export function isForeign({ mediaType, urls = [] }: Descriptor): boolean {
  return layerTypeOf(mediaType)?.distributable === false && urls.length > 0;
}

/** Returns the media type of a layer of this form; `undefined` when the format has none. */
export function layerMediaTypeOf(of: LayerType): string | undefined {
  return Object.keys(LAYERS).find((mediaType) => {
    const known = LAYERS[mediaType]!;
    return known.format === of.format && known.compression === of.compression &&
      known.distributable === of.distributable;
  });
}

/** Says whether the media type is an image manifest's, in either family. */
export function isManifest(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.oci.manifest || mediaType === MEDIA_TYPES.docker.manifest;
}

/** Says whether the media type is an index's or manifest list's. */
export function isIndex(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.oci.index || mediaType === MEDIA_TYPES.docker.index;
}

/** Says whether the media type is an image config's. */
export function isConfig(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.oci.config || mediaType === MEDIA_TYPES.docker.config;
}
