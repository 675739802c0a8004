/** Finds the image of an archive that a reference means. */
import { NixociError } from "../../src/base/errors.ts";
import {
  formatFamiliarName,
  formatReference,
  type ImageReference,
} from "../../src/image/reference.ts";
import type { ListedImage } from "../../src/image/source.ts";
import { archiveNameOf } from "../lib/docker-archive/names.ts";
import type { ArchivedImage } from "../lib/docker-archive/archived-image.ts";

/**
 * Lists all images in an archive, by every name that they have, as people write it; those that have none
 * by `@N`, and those whose name a later one has, too.
 */
export function listArchiveImages(images: readonly ArchivedImage[]): ListedImage[] {
  const holders = holdersOf(images);
  return images.flatMap((image, i): ListedImage[] => {
    const id = `@${i}`;
    if (image.names.length === 0) return [{ select: id }];
    return image.names.map((stored) => {
      const name = rewriteName(stored, formatFamiliarName);
      return { select: holders.get(fullNameOf(stored)) === image ? name : id, name, id };
    });
  });
}

/**
 * Finds the image that a reference means: `@N` is the Nth, from 0; anything else a name, in the short
 * form or the full one. Without a reference, the only image.
 * @throws NixociError `NOT_FOUND`, `USAGE` when it could be several; both say which there are.
 */
export function findImage(
  images: readonly ArchivedImage[],
  reference: string | undefined,
): ArchivedImage {
  const there = listArchiveImages(images).map(({ select }) => select);
  const hint = `the archive holds ${there.join(", ") || "no images"}`;
  if (reference === undefined) {
    if (images.length === 1) return images[0]!;
    if (images.length === 0) throw new NixociError("NOT_FOUND", "the archive holds no images");
    throw new NixociError("USAGE", `the archive holds ${images.length} images; say which one`, {
      hint: `${hint}; add :NAME:TAG or :@N, or --all`,
    });
  }
  const at = /^@(\d+)$/.exec(reference)?.[1];
  const found = at === undefined
    ? holdersOf(images).get(fullNameOf(reference))
    : images[Number(at)];
  if (found !== undefined) return found;
  throw new NixociError("NOT_FOUND", `the archive has no image ${JSON.stringify(reference)}`, {
    hint,
  });
}

/** Returns the images by their names: of two with one name the later, as when they are loaded. */
function holdersOf(images: readonly ArchivedImage[]): ReadonlyMap<string, ArchivedImage> {
  return new Map(images.flatMap((image) => image.names.map((name) => [fullNameOf(name), image])));
}

function fullNameOf(name: string): string {
  return rewriteName(name, formatReference);
}

/** An archive may hold texts that are not names: those mean themselves. */
function rewriteName(name: string, write: (reference: ImageReference) => string): string {
  try {
    return write(archiveNameOf(name));
  } catch {
    return name;
  }
}
