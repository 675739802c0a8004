/** The result of `nixoci copy`, for programs and people. */
import type { CopyResult } from "../../copy/copy.ts";
import type { CopyEvent } from "../../copy/events.ts";
import { isConfig } from "../../image/media-types.ts";
import { formatBytes, formatCount } from "../kit/text.ts";

/** A blob that is there, or would be. */
export type Done = Extract<CopyEvent, { type: "done" }>;

/** Describes the result for programs: an engine's digest is the image's ID, and is called so. */
export function describeResult({ images, ...rest }: CopyResult) {
  return {
    images: images.map((image) => {
      const { mediaType, digest } = image.descriptor;
      return isConfig(mediaType) ? { ...image, imageId: digest } : image;
    }),
    ...rest,
  };
}

/** Writes the digest alone, where there is one image; before the names, where there are several. */
export function formatDigests({ images }: CopyResult): string[] {
  if (images.length === 1) return [images[0]!.descriptor.digest];
  return images.map(({ descriptor, references }) => [descriptor.digest, ...references].join(" "));
}

/** Describes what a dry run found, for programs. */
export function describeMoves(
  moves: readonly Done[],
  { images, companions, bytes }: CopyResult,
) {
  const blobs = moves.map(({ kind, how, descriptor: { mediaType, digest, size } }) => ({
    kind,
    digest,
    size,
    mediaType,
    moves: how === "moved",
  }));
  return { images, ...companions && { companions }, blobs, bytes };
}

/** Writes what a dry run found, for people. */
export function* formatMoves(moves: readonly Done[], result: CopyResult): Iterable<string> {
  for (const { kind, how, descriptor: { digest, size } } of moves) {
    const what = how === "moved" ? "would move" : "is there  ";
    yield `${what}  ${kind.padEnd(8)}  ${digest}  ${formatBytes(size).padStart(7)}`;
  }
  for (const { descriptor: { digest }, references } of result.images) {
    for (const name of references) yield `would name  image     ${digest}  ${name}`;
  }
  const { blobs: { moved, exists }, bytes } = result;
  yield `would move ${formatCount(moved, "blob")}, ${formatBytes(bytes)}; ${exists} there already`;
}
