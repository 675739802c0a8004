/** `copy --scoped`: each image goes into a repository of its own, below the destination's. */
import { makePlace, type PlaceReference } from "../../../transports/reference.ts";
import { NixociError } from "../../base/errors.ts";
import type { CopyResult } from "../../copy/copy.ts";
import { ONE_BY_ONE, refuseClashes } from "../../copy/selection.ts";
import { formatFamiliarName, parseReference } from "../../image/reference.ts";
import type { ListedImage, Source } from "../../image/source.ts";

/** An image of several, and the place that it goes to. */
export interface ScopedImage {
  /** The word that the source resolves it by. */
  readonly select: string | undefined;
  /** Its repository and tag below the destination. */
  readonly name: string;
  readonly place: PlaceReference;
}

/**
 * Says where each image of the source goes: its name, as people write it, below the destination.
 * @throws NixociError `USAGE` for places that have no repositories, for images without names, and for
 * two images under one name.
 */
export async function nameScopedImages(
  from: Source,
  source: PlaceReference | undefined,
  destination: PlaceReference,
): Promise<ScopedImage[]> {
  const below = repositoryOf(destination);
  const listed = await from.list?.() ?? [];
  const images = listed.length > 0 ? listed : source?.image ? [nameWhole(source)] : [];
  if (images.length === 0) {
    throw new NixociError("USAGE", "--scoped needs names to keep, and the source lists none", {
      hint: "name the archive or layout alone, without an image in it",
    });
  }
  const unnamed = images.find(({ name }) => name === undefined);
  if (unnamed !== undefined) {
    throw new NixociError("USAGE", `--scoped keeps names, and image ${unnamed.select} has none`, {
      hint: "copy it by itself, under a name: nixoci copy SOURCE DESTINATION/NAME:TAG",
    });
  }
  refuseClashes(images, formatScopedName, ONE_BY_ONE);
  return images.map((image) => {
    const name = formatScopedName(image.name!);
    return {
      select: image.select === "" ? undefined : image.select,
      name,
      place: makePlace(destination.scheme, `${below}/${name}`),
    };
  });
}

function nameWhole({ location }: PlaceReference): ListedImage {
  return { select: "", name: location };
}

/** Returns the destination's repository, which is all that it may name. */
function repositoryOf(destination: PlaceReference): string {
  const { image, location } = destination;
  if (image === undefined) {
    throw new NixociError("USAGE", `--scoped is for repositories, not ${destination.text}`, {
      hint: "archives, layouts and engines keep whole names without it",
    });
  }
  if (image.tag === undefined && image.digest === undefined) return location;
  throw new NixociError("USAGE", `--scoped gives each image a name below ${location}`, {
    hint: "leave the tag or digest of the destination out",
  });
}

/** Formats the name below the destination: a host's port has no place in a repository's path. */
function formatScopedName(name: string): string {
  const { tag = "latest", digest: _digest, ...reference } = parseReference(name);
  const host = reference.host.replace(/[[\]]/g, "").replaceAll(":", "-");
  return formatFamiliarName({ ...reference, host, tag });
}

/** Returns one result for all copies; images are called by the places where they are. */
export function joinResults(
  results: readonly (readonly [image: ScopedImage, result: CopyResult])[],
): CopyResult {
  const sum = (count: (result: CopyResult) => number) =>
    results.reduce((total, [, result]) => total + count(result), 0);
  const companions = results.flatMap(([, result]) => result.companions ?? []);
  return {
    images: results.flatMap(([{ place }, { images }]) =>
      images.map((image) => ({ ...image, references: [place.location] }))
    ),
    ...companions.length > 0 && { companions },
    blobs: {
      moved: sum(({ blobs }) => blobs.moved),
      exists: sum(({ blobs }) => blobs.exists),
      mounted: sum(({ blobs }) => blobs.mounted),
    },
    bytes: sum(({ bytes }) => bytes),
  };
}
