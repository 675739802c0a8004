/** The work of `nixoci tags`. */
import { listTags } from "../../../../transports/registry/mod.ts";
import { locationKindOf } from "../../../../transports/list.ts";
import { parsePlace, type PlaceReference } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import type { ListedImage } from "../../../image/source.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withSource } from "../../reference/with-source.ts";
import { checkRepository } from "../../reference/place.ts";

/** A repository as it was written, and its tags. */
export interface RepositoryTags {
  readonly repository: string;
  readonly tags: readonly string[];
}

/** An archive or layout as it was written, the names in it, and what means the images without one. */
export interface PlaceTags {
  readonly place: string;
  readonly tags: readonly string[];
  readonly unnamed: readonly string[];
}

/** Asks a registry for the tags of a repository, or an archive or layout for the names in it. */
export async function findTags(text: string, io: Io): Promise<RepositoryTags | PlaceTags> {
  const place = parsePlace(text, { bare: "registry" });
  if (place.image === undefined) return await findNames(place, io);
  checkRepository(place, place.image);
  const tags = await listTags(place.image, readSideOptions(io.access, io));
  return { repository: place.location, tags };
}

async function findNames(place: PlaceReference, io: Io): Promise<PlaceTags> {
  if (locationKindOf(place.scheme) !== "path") throw noListError(place);
  const listed = await withSource(place, {}, readSideOptions(io.access, io), async ({ list }) => {
    if (list) return await list();
    throw noListError(place);
  });
  if (listed.length === 0 && isNamed(place)) throw oneImageError(place);
  return { place: place.text, ...splitNames(listed) };
}

function noListError({ text }: PlaceReference): NixociError {
  const message =
    `Cannot list the tags of ${text}: only registries, archives and layouts have them`;
  return new NixociError("USAGE", message, { hint: "see what it holds with nixoci inspect" });
}

function splitNames(listed: readonly ListedImage[]) {
  const names = listed.flatMap(({ name }) => name ?? []);
  const unnamed = listed.flatMap(({ name, select }) => name === undefined ? select : []);
  return { tags: [...new Set(names)], unnamed };
}

/** Tells whether the location says more than a path. */
function isNamed({ location }: PlaceReference): boolean {
  return /:|@sha(?:256|512):/.test(location);
}

function oneImageError({ scheme, location, text }: PlaceReference): NixociError {
  const path = location.replace(/(?::|@sha(?:256|512):).*$/s, "");
  return new NixociError("USAGE", `${JSON.stringify(text)} names one image`, {
    hint: `write nixoci tags ${scheme}:${path}`,
  });
}
