/** What Docker's formats can hold: images, and nothing else. */
import { NixociError } from "../../../src/base/errors.ts";
import type { Content } from "../../../src/image/content.ts";
import { isIndex, layerType } from "../../../src/image/media-types.ts";
import type { Image, ImageBlob, Layer, NamedRoot, Root } from "../../../src/image/root.ts";

/** An image that is to be stored, and the names that it gets. */
export interface NamedImage<Name = string> {
  readonly image: Image;
  readonly names: readonly Name[];
}

/** What a place takes. */
export interface Acceptance<Name> {
  /** The place, for errors: `a docker-archive`. */
  readonly where: string;
  /** The names of images that come without one. */
  readonly own: readonly Name[];
  /** The name that a reference gives. */
  nameOf(reference: string): Name;
}

/**
 * What is to be stored, proved to be images.
 * @throws NixociError `UNSUPPORTED` for anything else, and what `nameOf` throws.
 */
export function accept<Name>(
  wanted: readonly NamedRoot[],
  { where, own, nameOf }: Acceptance<Name>,
): NamedImage<Name>[] {
  return wanted.map(({ root, references }) => ({
    image: imageOnly(root, where),
    names: references.length === 0 ? own : references.map(nameOf),
  }));
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
 * Proves that the blob is part of an image.
 * @throws NixociError `UNSUPPORTED` when it is not.
 */
export function checkKind({ kind, content }: ImageBlob, where: string): void {
  if (kind !== "layer" && kind !== "config") throw unsupported(content, where);
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
