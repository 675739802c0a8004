/** Chooses what was made last. */
import type { NixociError } from "../../base/errors.ts";

/** An image that is called so, and when it was made, as ISO 8601, where it says so. */
export interface DatedImage {
  readonly name: string;
  readonly created: string | undefined;
}

/**
 * Keeps so many of the images: those that were made last, the newest first; and those that were made
 * at the same time as the last of these: mostly they are its other names.
 * @param makeError makes the error, of these words.
 * @throws that error where an image that may not be kept does not say when it was made.
 */
export function keepNewest<T extends DatedImage>(
  images: readonly T[],
  count: number,
  makeError: (why: string) => NixociError,
): readonly T[] {
  if (images.length <= count) return images;
  const timeless = images.find((one) => timeOf(one) === UNKNOWN);
  if (timeless) throw makeError(`${timeless.name} does not say when it was made`);
  const sorted = sortNewestFirst(images);
  return sorted.filter((one) => timeOf(one) >= timeOf(sorted[count - 1]!));
}

/** Sorts images by when they were made; those that do not say come last. */
export function sortNewestFirst<T extends DatedImage>(images: readonly T[]): T[] {
  return images.toSorted((a, b) => timeOf(b) - timeOf(a));
}

const UNKNOWN = -Number.MAX_VALUE;

function timeOf({ created = "" }: DatedImage): number {
  const time = Date.parse(created);
  return Number.isNaN(time) ? UNKNOWN : time;
}
