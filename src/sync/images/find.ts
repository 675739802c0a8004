/** Finds the images that rules mean: asks registries for what is not named. */
import { basename } from "node:path";
import { ignoreAbsent, NixociError } from "../../base/errors.ts";
import { mapLimited } from "../../bytes/flow/map.ts";
import { useResources } from "../../base/dispose.ts";
import { type Digest, isDigest } from "../../bytes/digest.ts";
import type { PlaceReference } from "../../image/place.ts";
import {
  formatReference,
  type ImageReference,
  isTag,
  parseReference,
} from "../../image/reference.ts";
import { isAttachedTag } from "../../image/referrers.ts";
import { makeRegistryPlace, type SideOf, type SyncMeans } from "../means.ts";
import type { SyncRule } from "../model.ts";
import type { Readers } from "../readers.ts";
import { readTimes } from "./created.ts";
import { nameDestination, type SyncedName } from "./names.ts";

/** An image of a rule: where it is, and where it goes. */
export interface ImageToSync {
  readonly rule: SyncRule;
  /** The place that is opened to read it: its repository, archive or layout. */
  readonly source: PlaceReference;
  /** The word that means it there; without it the location names it. */
  readonly select?: string;
  /** Its name, for people: `registry:quay.io/org/app:1.0`. */
  readonly from: string;
  readonly destination: PlaceReference;
  /** Tells whether the destination lists its name; left out where nobody has asked. */
  readonly isListed?: boolean;
  /** It never moves, and is there: nothing more is asked. */
  readonly isSettled?: boolean;
}

/** The means of the search, besides rules. */
export interface FindContext {
  readonly means: SyncMeans;
  readonly sideOf: SideOf;
  readonly readers: Readers;
  /** Gets what is left out. */
  notice(message: string): void;
}

const AT_A_TIME = 4;
// For fewer tags the destination is asked for each.
const WORTH_LISTING = 4;

/** Finds the images of a rule. @throws what asking does. */
export async function findImages(rule: SyncRule, context: FindContext): Promise<ImageToSync[]> {
  if (rule.kind === "registry") {
    const { means, sideOf } = context;
    const host = rule.source;
    const all = await means.listRepositories(host, sideOf("source", host));
    const wanted = all.filter((name) => rule.hasRepository?.(name) ?? true);
    const found = await mapLimited(
      wanted,
      AT_A_TIME,
      (repository) => findInRepository(rule, { host, repository }, context),
    );
    return found.flat();
  }
  const place = context.means.parsePlace(rule.source);
  if (place.image === undefined) return await findInPlace(rule, place, context);
  const { image } = place;
  const isOne = rule.kind === "image" || image.tag !== undefined || image.digest !== undefined;
  if (!isOne) return await findInRepository(rule, image, context);
  const tag = image.tag ?? (image.digest === undefined ? "latest" : undefined);
  return [makeImage(rule, { ...image, ...tag !== undefined && { tag } }, context.means)];
}

async function findInRepository(
  rule: SyncRule,
  { host, repository }: ImageReference,
  context: FindContext,
): Promise<ImageToSync[]> {
  const { means, notice } = context;
  const own: ImageReference = { host, repository };
  const names = rule.names ?? await chooseTags(rule, own, context);
  const wrong = names.filter((name) => !isTag(name) && !isDigest(name));
  for (const name of rule.names ? wrong : []) {
    throw new NixociError(
      "USAGE",
      `${rule.where}: ${JSON.stringify(name)} is neither a tag nor a digest`,
    );
  }
  if (wrong.length > 0) {
    notice(
      `${formatReference(own)} lists ${wrong.length} names that cannot be tags, such as ` +
        `${JSON.stringify(wrong[0])}: they are left out`,
    );
  }
  const tags = names.filter((name) => !wrong.includes(name));
  if (tags.length === 0) notice(`${rule.where}: no tag of ${formatReference(own)} is meant`);
  const isMany = rule.names === undefined && tags.length >= WORTH_LISTING;
  const isAnyImmutable = rule.isImmutable !== undefined && tags.some(rule.isImmutable);
  const there = isMany || isAnyImmutable ? await listThere(rule, own, context) : undefined;
  return tags.map((name) => {
    const named = isDigest(name) ? { digest: name } : { tag: name };
    const image = makeImage(rule, { ...own, ...named }, means);
    const isListed = there?.(image);
    if (isListed === undefined) return image;
    const isSettled = isListed && rule.isImmutable?.(name) === true;
    return { ...image, isListed, ...isSettled && { isSettled } };
  });
}

/** Chooses among all tags of a repository, but those that only belong to other images. */
async function chooseTags(
  { choose }: SyncRule,
  own: ImageReference,
  { means, sideOf, readers }: FindContext,
): Promise<readonly string[]> {
  // Also so that the connection with which they are listed is there for what comes next.
  const source = await readers.open("source", makeRegistryPlace(own, formatReference(own)));
  const all = await means.listTags(own, sideOf("source", own.host));
  const tags = all.filter((tag) => !isAttachedTag(tag));
  if (choose === undefined) return tags;
  return await choose(tags, (tags) => readTimes(source, tags));
}

/**
 * Lists the tags that are at the destination; tells of an image whether it is among them, or nothing
 * where it goes elsewhere.
 */
async function listThere(
  rule: SyncRule,
  own: ImageReference,
  { means, sideOf, readers }: FindContext,
): Promise<((image: ImageToSync) => boolean | undefined) | undefined> {
  const { image } = makeImage(rule, { ...own, tag: "latest" }, means).destination;
  if (image === undefined) return undefined;
  const { host, repository } = image;
  const listed = async (): Promise<readonly string[]> => {
    const place = makeRegistryPlace({ host, repository }, formatReference({ host, repository }));
    await readers.open("destination", place);
    return await ignoreAbsent(means.listTags(image, sideOf("destination", host))) ?? []; // it is new
  };
  try {
    const tags = new Set(await listed());
    return ({ destination: { image: to } }) =>
      to?.repository === repository && to.tag !== undefined ? tags.has(to.tag) : undefined;
  } catch {
    return undefined; // it keeps its tags to itself: then each is asked for
  }
}

/** Finds what is in an archive, layout or other place. */
async function findInPlace(
  rule: SyncRule,
  place: PlaceReference,
  { means, sideOf, notice }: FindContext,
): Promise<ImageToSync[]> {
  const listed = await useResources(async (hold) => {
    const source = hold(await means.openSource(place, sideOf("source", undefined)));
    return await source.list?.() ?? [];
  });
  const named = listed.flatMap(({ name, select }) => name === undefined ? [] : [{ name, select }]);
  const tags = named.map(({ name }) => name);
  const noTimes = (): never => {
    throw new NixociError("UNSUPPORTED", `${rule.where}: newest needs semver, but of a registry`);
  };
  const chosen = rule.names ?? await rule.choose?.(tags, async () => noTimes()) ?? tags;
  const images = named.filter(({ name }) => chosen.includes(name)).map(({ name, select }) => ({
    ...makeImageOf(rule, place, nameOf(name), means),
    select,
    from: `${place.text}:${name}`,
  }));
  const nameless = listed.filter(({ name }) => name === undefined);
  if (listed.length > 1 && nameless.length > 0) {
    notice(
      `${rule.where}: ${nameless.length} of the images in ${place.text} have no name: they are ` +
        "left out",
    );
  }
  if (named.length > 0 || nameless.length > 1) return images;
  // What has no name is alone there, and is called as the place is.
  return [{
    ...makeImageOf(rule, place, nameOf(basename(place.location)), means),
    ...nameless[0]?.select !== undefined && { select: nameless[0].select },
  }];
}

/** Returns what a name in a layout says: the name of an image, or a tag alone. */
function nameOf(name: string): SyncedName {
  try {
    const image = parseReference(name);
    const isTagAlone = image.tag === undefined && isTag(name);
    return { ...image, ...isTagAlone && { tag: name }, called: name };
  } catch {
    // Other words could lead a destination anywhere: they are not taken over.
    const image = { host: "localhost", repository: "image" };
    return isTag(name) ? { ...image, tag: name, called: name } : { ...image, tag: "latest" };
  }
}

function makeImage(rule: SyncRule, image: ImageReference, means: SyncMeans): ImageToSync {
  const { host, repository, tag, digest } = image;
  const own = { host, repository };
  const source = makeRegistryPlace(own, formatReference(own));
  const select: string | Digest | undefined = digest ?? tag;
  return {
    ...makeImageOf(rule, source, image, means),
    select,
    from: `registry:${formatReference(image)}`,
  };
}

function makeImageOf(
  rule: SyncRule,
  source: PlaceReference,
  image: SyncedName,
  means: SyncMeans,
): ImageToSync {
  const text = nameDestination(rule.destination, image, rule.where);
  return { rule, source, from: source.text, destination: means.parsePlace(text) };
}
