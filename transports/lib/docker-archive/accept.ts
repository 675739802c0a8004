/** What Docker's formats can hold: images, and nothing else. */
import { NixociError } from "../../../src/errors.ts";
import type { Content } from "../../../src/image/content.ts";
import { isConfig, isIndex, layerType } from "../../../src/image/media-types.ts";
import type { Image, Layer, Named, Root } from "../../../src/image/root.ts";

/** An image that is to be stored, and the references that it was given. */
export interface Accepted {
  readonly image: Image;
  readonly references: readonly string[];
}

/**
 * What is to be stored, proved to be images.
 * @param where names the place in errors: `a docker-archive`.
 * @throws NixociError `UNSUPPORTED` for anything else.
 */
export function imagesOnly(wanted: readonly Named[], where: string): Accepted[] {
  return wanted.map(({ root, references }) => ({ image: imageOnly(root, where), references }));
}

function imageOnly(root: Root, where: string): Image {
  if (root.kind !== "image") throw unsupported(root.manifest, where);
  for (const layer of root.layers) {
    const type = layerType(layer.descriptor.mediaType);
    if (type?.distributable === false && layer.descriptor.urls?.length) throw foreign(layer, where);
  }
  return root;
}

/**
 * Whether the content is a layer; else it is a config.
 * @throws NixociError `UNSUPPORTED` when it is neither.
 */
export function isLayer(content: Content | Layer, where: string): content is Layer {
  if ("diffId" in content) return true;
  if (isConfig(content.descriptor.mediaType)) return false;
  throw unsupported(content, where);
}

function unsupported({ descriptor: { mediaType, digest } }: Content, where: string): NixociError {
  const index = isIndex(mediaType);
  return new NixociError(
    "UNSUPPORTED",
    `${where} holds images only, not ${index ? "an index" : mediaType} (${digest})`,
    {
      hint: index
        ? "choose an image with --platform"
        : "copy it to a registry, oci-dir or oci-archive",
    },
  );
}

function foreign({ descriptor }: Layer, where: string): NixociError {
  return new NixociError(
    "UNSUPPORTED",
    `${where} must hold all layers, but ${descriptor.digest} is not to be passed on (licence)`,
    { hint: "copy it to a registry, oci-dir or oci-archive, which can leave it where it is" },
  );
}
