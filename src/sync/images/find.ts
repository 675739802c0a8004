/** Finds the images that rules mean: asks registries for what is not named. */
import { NixociError } from "../../base/errors.ts";
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
import { isDigestTag, isFallbackTag } from "../../image/referrers.ts";
import { makeRegistryPlace, type SideOf, type SyncMeans } from "../means.ts";
import type { SyncRule } from "../model.ts";
import { readTimes } from "./created.ts";
import { nameDestination } from "./names.ts";

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
  /** It never moves, and the destination lists its name: nothing more is asked. */
  readonly isSettled?: boolean;
}

/** The means of the search, besides rules. */
export interface FindContext {
  readonly means: SyncMeans;
  readonly sideOf: SideOf;
  /** Gets what is left out. */
  notice(message: string): void;
}

const AT_A_TIME = 4;

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
  const { means, sideOf, notice } = context;
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
  const there = rule.isImmutable && tags.some(rule.isImmutable)
    ? await listThere(rule, own, { means, sideOf })
    : undefined;
  return tags.map((name) => {
    const image = makeImage(
      rule,
      { ...own, ...isDigest(name) ? { digest: name } : { tag: name } },
      means,
    );
    const isSettled = rule.isImmutable?.(name) === true && there?.(image) === true;
    return isSettled ? { ...image, isSettled } : image;
  });
}

/** Chooses among all tags of a repository, but those that only belong to other images. */
async function chooseTags(
  { choose }: SyncRule,
  own: ImageReference,
  { means, sideOf }: FindContext,
): Promise<readonly string[]> {
  const all = await means.listTags(own, sideOf("source", own.host));
  const tags = all.filter((tag) => !isFallbackTag(tag) && !isDigestTag(tag));
  if (choose === undefined) return tags;
  return await choose(tags, (tags) =>
    useResources(async (hold) => {
      const place = makeRegistryPlace(own, formatReference(own));
      return await readTimes(hold(await means.openSource(place, sideOf("source", own.host))), tags);
    }));
}

/** Lists the tags that are at the destination; tells of an image whether it is among them. */
async function listThere(
  rule: SyncRule,
  own: ImageReference,
  { means, sideOf }: Pick<FindContext, "means" | "sideOf">,
): Promise<((image: ImageToSync) => boolean) | undefined> {
  const { destination } = makeImage(rule, { ...own, tag: "latest" }, means);
  const { image } = destination;
  if (image === undefined) return undefined;
  try {
    const tags = new Set(await means.listTags(image, sideOf("destination", image.host)));
    return (one) => {
      const to = one.destination.image;
      return to?.repository === image.repository && to.tag !== undefined && tags.has(to.tag);
    };
  } catch {
    return undefined; // it is new, or keeps its tags to itself: then each is asked for
  }
}

/** Finds what is in an archive, layout or other place. */
async function findInPlace(
  rule: SyncRule,
  place: PlaceReference,
  { means, sideOf }: FindContext,
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
  if (listed.length > 0) return images;
  return [makeImageOf(rule, place, nameOf(place.location), means)];
}

/** Returns what a name in a layout says: the name of an image, or a tag alone. */
function nameOf(name: string): ImageReference {
  try {
    const image = parseReference(name);
    return image.tag === undefined && isTag(name) ? { ...image, tag: name } : image;
  } catch {
    return { host: "localhost", repository: "image", tag: isTag(name) ? name : "latest" };
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
  image: ImageReference,
  means: SyncMeans,
): ImageToSync {
  const text = nameDestination(rule.destination, image, rule.where);
  return { rule, source, from: source.text, destination: means.parsePlace(text) };
}
