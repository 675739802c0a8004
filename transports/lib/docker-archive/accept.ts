/** Accepts what Docker's formats can hold: images, and nothing else. */
import { NixociError } from "../../../src/base/errors.ts";
import type { Content } from "../../../src/image/content.ts";
import { isForeign, isIndex, isManifest } from "../../../src/image/media-types.ts";
import type { Image, ImageBlob, Layer, NamedRoot, Root } from "../../../src/image/root.ts";

/** An image that is to be stored, and the names that it gets. */
export interface NamedImage<Name = string> {
  readonly image: Image;
  readonly names: readonly Name[];
}

/** The rules by which a place accepts images. */
export interface Acceptance<Name> {
  /** The place, for errors: `a docker-archive`. */
  readonly where: string;
  /** The names of images that come without one. */
  readonly own: readonly Name[];
  /** The name that a reference gives. */
  nameOf(reference: string): Name;
}

/**
 * Proves that what is to be stored is images, and names them.
 * @throws NixociError `UNSUPPORTED` for anything else, and what `nameOf` throws.
 */
export function acceptImages<Name>(
  wanted: readonly NamedRoot[],
  { where, own, nameOf }: Acceptance<Name>,
): NamedImage<Name>[] {
  return wanted.map(({ root, references }) => ({
    image: acceptImage(root, where),
    names: references.length === 0 ? own : references.map(nameOf),
  }));
}

function acceptImage(root: Root, where: string): Image {
  if (root.kind !== "image") throw unsupportedError(root.manifest, where);
  for (const layer of root.layers) {
    if (isForeign(layer.descriptor)) throw foreignError(layer, where);
  }
  return root;
}

/**
 * Proves that the blob is part of an image.
 * @throws NixociError `UNSUPPORTED` when it is not.
 */
export function checkKind({ kind, content }: ImageBlob, where: string): void {
  if (kind !== "layer" && kind !== "config") throw unsupportedError(content, where);
}

function unsupportedError(
  { descriptor: { mediaType, digest } }: Content,
  where: string,
): NixociError {
  const index = isIndex(mediaType);
  const what = index ? "an index" : isManifest(mediaType) ? "an artifact" : mediaType;
  return new NixociError(
    "UNSUPPORTED",
    `${where} holds images only, not ${what} (${digest})`,
    {
      hint: index
        ? "choose an image with --platform"
        : "copy it to a registry, oci-dir or oci-archive",
    },
  );
}

function foreignError({ descriptor }: Layer, where: string): NixociError {
  return new NixociError(
    "UNSUPPORTED",
    `${where} must hold all layers, but ${descriptor.digest} is not to be passed on (licence)`,
    { hint: "copy it to a registry, oci-dir or oci-archive, which can leave it where it is" },
  );
}
