/**
 * The media types that nixoci understands. Anything else is copied as it is.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md
 * @see https://distribution.github.io/distribution/spec/manifest-v2-2/
 */
import type { Compression } from "../bytes/detect.ts";

/** The two families of manifest that images are written in. */
export type Format = "oci" | "docker";

/** What each family calls its documents and layers. */
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

/** Docker's first manifest format, which nobody should write and we do not read. */
export const SCHEMA1 = [
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
];

/** What a media type says of a layer. */
export interface LayerType {
  readonly format: Format;
  readonly compression: Compression;
  /** `false` for layers that licences forbid to pass on ("foreign", "nondistributable"). */
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
  // Not in Docker's specification, but in the wild since containerd and buildkit write it.
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

/** What the media type says of a layer; `undefined` when it is not a layer's. */
export function layerType(mediaType: string): LayerType | undefined {
  return Object.hasOwn(LAYERS, mediaType) ? LAYERS[mediaType] : undefined;
}

/** The media type of such a layer; `undefined` when the format has none. */
export function layerMediaType(of: LayerType): string | undefined {
  return Object.keys(LAYERS).find((mediaType) => {
    const known = LAYERS[mediaType]!;
    return known.format === of.format && known.compression === of.compression &&
      known.distributable === of.distributable;
  });
}

/** Whether the media type is an image manifest's, in either family. */
export function isManifest(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.oci.manifest || mediaType === MEDIA_TYPES.docker.manifest;
}

/** Whether the media type is an index's or manifest list's. */
export function isIndex(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.oci.index || mediaType === MEDIA_TYPES.docker.index;
}

/** Whether the media type is an image config's. */
export function isConfig(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.oci.config || mediaType === MEDIA_TYPES.docker.config;
}
