/** The work of `nixoci tags`. */
import { listTags } from "../../../../transports/registry/mod.ts";
import { locationKindOf } from "../../../../transports/list.ts";
import type { TransportOptions } from "../../../../transports/mod.ts";
import { filePathOf, parsePlace, type PlaceReference } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import { isAttachedTag } from "../../../image/referrers.ts";
import type { ListedImage, Source } from "../../../image/source.ts";
import { readTimes } from "../../../sync/images/created.ts";
import { keepNewest, sortNewestFirst } from "../../../sync/images/newest.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withSource } from "../../reference/with-source.ts";
import { checkRepository } from "../../reference/place.ts";

/** Tags that were chosen, and when their images were made, where that was asked for. */
interface ChosenTags {
  readonly tags: readonly string[];
  /** ISO 8601; a tag whose image does not say is left out. */
  readonly created?: Readonly<Record<string, string>>;
}

/** A repository as it was written, and its tags. */
export interface RepositoryTags extends ChosenTags {
  readonly repository: string;
}

/** An archive or layout as it was written, the names in it, and what means the images without one. */
export interface PlaceTags extends ChosenTags {
  readonly place: string;
  readonly unnamed: readonly string[];
}

/** The flags that choose. */
export interface TagsChoice {
  readonly match?: readonly string[] | undefined;
  readonly semver?: string | undefined;
  readonly newest?: number | undefined;
  readonly created?: boolean;
}

/** Asks a registry for the tags of a repository, or an archive or layout for the names in it. */
export async function findTags(
  text: string,
  choice: TagsChoice,
  io: Io,
): Promise<RepositoryTags | PlaceTags> {
  const place = parsePlace(text, { bare: "registry" });
  const options = readSideOptions(io.access, io);
  if (place.image === undefined) return await findNames(place, choice, options);
  checkRepository(place, place.image);
  const tags = await listTags(place.image, options);
  const chosen = await chooseTags(tags, choice, (read) => withSource(place, {}, options, read));
  return { repository: place.location, ...chosen };
}

async function findNames(
  place: PlaceReference,
  choice: TagsChoice,
  options: TransportOptions,
): Promise<PlaceTags> {
  if (locationKindOf(place.scheme) !== "path") throw noListError(place);
  return await withSource(place, {}, options, async (source) => {
    if (!source.list) throw noListError(place);
    const listed = await source.list();
    if (listed.length === 0 && isNamed(place)) throw oneImageError(place);
    const { tags, unnamed } = splitNames(listed);
    const chosen = await chooseTags(tags, choice, (read) => read(source));
    const isChosen = choice.match ?? choice.semver ?? choice.newest;
    return { place: place.text, ...chosen, unnamed: isChosen === undefined ? unnamed : [] };
  });
}

/** Chooses tags as the flags say, one after the other. */
async function chooseTags(
  all: readonly string[],
  { match, semver, newest, created }: TagsChoice,
  withImages: <T>(read: (source: Source) => Promise<T>) => Promise<T>,
): Promise<ChosenTags> {
  const { keepMatching, keepVersions } = await import("../../../sync/tags/choose.ts");
  const matching = match === undefined ? all : keepMatching(all, match);
  const tags = semver === undefined ? matching : keepVersions(matching, semver);
  const isByTime = newest !== undefined && semver === undefined;
  const counted = isByTime ? tags.filter((tag) => !isAttachedTag(tag)) : tags.slice(0, newest);
  if (!isByTime && !created) return { tags: counted };
  const times = await withImages((source) => readTimes(source, counted));
  const dated = counted.map((name) => ({ name, created: times[name] }));
  const sorted = isByTime ? keepNewest(dated, newest, (why) => noTimeError(newest, why)) : dated;
  const chosen = semver === undefined ? sortNewestFirst(sorted) : sorted;
  const names = chosen.map(({ name }) => name);
  if (!created) return { tags: names };
  const known = chosen.flatMap(({ name, created }) =>
    created === undefined ? [] : [[name, created]]
  );
  return { tags: names, created: Object.fromEntries(known) };
}

function noTimeError(count: number, why: string): NixociError {
  const message = `--newest ${count}: which images are the newest is not known: ${why}`;
  return new NixociError("REFUSED", message, {
    hint: "leave tags out with --match, or choose by version with --semver",
  });
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

function oneImageError(place: PlaceReference): NixociError {
  return new NixociError("USAGE", `${JSON.stringify(place.text)} names one image`, {
    hint: `write nixoci tags ${place.scheme}:${filePathOf(place)}`,
  });
}
