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
  if (images.length <= count) return images;
  const timeless = images.find((one) => Number.isNaN(timeOf(one)));
  if (timeless) throw makeError(`${timeless.name} does not say when it was made`);
  const sorted = images.toSorted((a, b) => timeOf(b) - timeOf(a));
  const [last, next] = [sorted[count - 1], sorted[count]!];
  if (last && timeOf(last) === timeOf(next)) {
    throw makeError(`${last.name} and ${next.name} were made at one time`);
  }
  return sorted.slice(0, count);
}

function timeOf({ created = "" }: DatedImage): number {
  return Date.parse(created);
}
