/** Finds the image of an archive that a reference means. */
import { NixociError } from "../../src/base/errors.ts";
import {
  formatFamiliarName,
  formatReference,
  type ImageReference,
} from "../../src/image/reference.ts";
import type { ListedImage } from "../../src/image/source.ts";
import { nameOf } from "../lib/docker-archive/names.ts";
import type { ArchivedImage } from "../lib/docker-archive/archived-image.ts";

/**
 * Lists all images in an archive, by every name that they have, as people write it; those that have none
 * by `@N`.
 */
export function listImages(images: readonly ArchivedImage[]): ListedImage[] {
  return images.flatMap(({ names }, i): ListedImage[] =>
    names.length === 0 ? [{ select: `@${i}` }] : names.map((stored) => {
      const name = rewriteName(stored, formatFamiliarName);
      return { select: name, name };
    })
  );
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
  const there = listImages(images).map(({ select }) => select);
  const hint = `it holds ${there.join(", ") || "no images"}`;
  if (reference === undefined) {
    if (images.length === 1) return images[0]!;
    if (images.length === 0) throw new NixociError("NOT_FOUND", "it holds no images");
    throw new NixociError("USAGE", `it holds ${images.length} images; say which one`, {
      hint: `${hint}; add :NAME:TAG or :@N, or --all`,
    });
  }
  const at = /^@(\d+)$/.exec(reference)?.[1];
  // Of two images with one name the later has it, as when they are loaded.
  const found = at === undefined
    ? images.findLast(({ names }) => names.some((name) => isSameName(name, reference)))
    : images[Number(at)];
  if (found !== undefined) return found;
  throw new NixociError("NOT_FOUND", `it has no image ${JSON.stringify(reference)}`, { hint });
}

function isSameName(name: string, reference: string): boolean {
  const [inFull, wanted] = [name, reference].map((each) => rewriteName(each, formatReference));
  return name === reference || inFull === wanted;
}

/** An archive may hold names that are none: those mean themselves. */
function rewriteName(name: string, write: (reference: ImageReference) => string): string {
  try {
    return write(nameOf(name));
  } catch {
    return name;
  }
}
