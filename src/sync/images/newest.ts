/** Chooses what was made last. */
import type { NixociError } from "../../base/errors.ts";

/** An image that is called so, and when it was made, as ISO 8601, where it says so. */
export interface DatedImage {
  readonly name: string;
  readonly created: string | undefined;
}

/**
 * Keeps so many of the images: those that were made last, the newest first.
 * @param makeError makes the error, of these words.
 * @throws that error where the times do not say which these are.
 */
export function keepNewest<T extends DatedImage>(
  images: readonly T[],
  count: number,
  makeError: (why: string) => NixociError,
): readonly T[] {
  const sorted = sortNewestFirst(images, count, makeError);
  const [last, next] = [sorted[count - 1], sorted[count]];
  if (last && next && timeOf(last) === timeOf(next)) {
    throw makeError(`${last.name} and ${next.name} were made at one time`);
  }
  return sorted.slice(0, count);
}

/**
 * Keeps so many names of images, and those of images that were made at the same time as the last of
 * these: mostly they are its other names.
 * @throws as {@link keepNewest} does, of images that do not say when they were made.
 */
export function keepNewestNames<T extends DatedImage>(
  images: readonly T[],
  count: number,
  makeError: (why: string) => NixociError,
): readonly T[] {
  const sorted = sortNewestFirst(images, count, makeError);
  const last = sorted[count - 1];
  return last === undefined ? sorted : sorted.filter((one) => timeOf(one) >= timeOf(last));
}

/** Sorts images of which not all will be kept: where all are, it does not matter when they were made. */
function sortNewestFirst<T extends DatedImage>(
  images: readonly T[],
  count: number,
  makeError: (why: string) => NixociError,
): readonly T[] {
  if (images.length <= count) return images;
  const timeless = images.find((one) => Number.isNaN(timeOf(one)));
  if (timeless) throw makeError(`${timeless.name} does not say when it was made`);
  return images.toSorted((a, b) => timeOf(b) - timeOf(a));
}

function timeOf({ created = "" }: DatedImage): number {
  return Date.parse(created);
}
