/** Which images of an index are locked, and how they are called. */
import { inTurns } from "../bytes/flow/map.ts";
import { NixociError } from "../base/errors.ts";
import { isManifest } from "../image/media-types.ts";
import {
  bestMatch,
  formatPlatform,
  normalize,
  parsePlatform,
  type Platform,
} from "../image/platform.ts";
import type { Image, Index } from "../image/root.ts";
import { platformOf } from "../steps/platform.ts";
import { canonicalPlatform } from "./format.ts";

/**
 * Which platforms to lock: those given, every one that there is, or the usual ones, so far as there
 * are: a lock is for all who work on a repository, whatever their machines are.
 */
export type Wanted = readonly Platform[] | "all" | "usual";

/** What people and build machines run, and Nix's two systems for Linux. */
const USUAL: readonly Platform[] = ["linux/amd64", "linux/arm64"].map(parsePlatform);

// An index may have thousands of entries.
const AT_A_TIME = 4;

/** An image that is for a platform. */
export interface ForPlatform {
  /** What the lock calls it: `linux/arm/v7`. */
  readonly key: string;
  readonly image: Image;
}

/**
 * The images of an index that are wanted. Entries for an unknown platform are attestations.
 * @throws NixociError `NOT_FOUND` when a platform is missing, with those that there are.
 */
export async function imagesFor(index: Index, wanted: Wanted): Promise<ForPlatform[]> {
  const there = await candidates(index);
  const chosen = choose(there, wanted, index);
  return await inTurns(chosen, AT_A_TIME, async ({ platform, load }) => {
    const root = await load();
    if (root.kind === "image") return { key: nameable(platform), image: root };
    throw new NixociError(
      "UNSUPPORTED",
      `what the index has for ${formatPlatform(platform)} is an ${root.kind}, not an image`,
    );
  });
}

/**
 * The single image, which has to be for all the platforms that are wanted.
 * @throws NixociError `NOT_FOUND` when it is not.
 */
export async function imageFor(image: Image, wanted: Wanted): Promise<ForPlatform> {
  const platform = await platformOf(image) ?? { os: "unknown", architecture: "unknown" };
  const others = typeof wanted === "string"
    ? []
    : wanted.filter((one) => match([platform], one) === undefined);
  if (others.length === 0) return { key: nameable(platform), image };
  const is = `${image.manifest.descriptor.digest} is an image for ${keyOf(platform)}`;
  throw new NixociError("NOT_FOUND", `${is} alone, not for ${formatPlatform(others[0]!)}`, {
    hint: "without --platform it is locked as it is",
  });
}

interface Candidate {
  readonly platform: Platform;
  readonly load: Index["children"][number]["load"];
}

/** The entries that are images, each platform once; those that do not say what they are for load. */
async function candidates({ children }: Index): Promise<Candidate[]> {
  const found = await inTurns(children, AT_A_TIME, async ({ descriptor, load }) => {
    const { mediaType, artifactType, platform: stated } = descriptor;
    if (!isManifest(mediaType) || artifactType !== undefined) return undefined;
    const platform = stated ?? await platformOf(await load());
    return platform && platform.os !== "unknown" ? { platform, load } : undefined;
  });
  const byKey = new Map<string, Candidate>();
  for (const one of found) {
    if (one !== undefined && !byKey.has(keyOf(one.platform))) byKey.set(keyOf(one.platform), one);
  }
  return [...byKey.values()];
}

function choose(there: readonly Candidate[], wanted: Wanted, index: Index): readonly Candidate[] {
  const find = (one: Platform): Candidate | undefined => {
    const at = match(there.map(({ platform }) => platform), one);
    return at === undefined ? undefined : there[at];
  };
  const found = wanted === "all" ? there : (wanted === "usual" ? USUAL : wanted).map((one) => {
    const candidate = find(one);
    if (candidate === undefined && wanted !== "usual") throw missing(one, there, index);
    return candidate;
  });
  const chosen = [...new Set(found.filter((one) => one !== undefined))];
  if (chosen.length === 0) throw missing(USUAL[0]!, there, index);
  return chosen;
}

/** The key, which has to be read again: a publisher may write anything into platform and config. */
function nameable(platform: Platform): string {
  const key = keyOf(platform);
  if (canonicalPlatform(key) === key) return key;
  throw new NixociError("UNSUPPORTED", `${JSON.stringify(key)} is no platform that has a name`, {
    hint: "whoever publishes the image has to mend that; --platform locks others of an index",
  });
}

/** What runs on the platform without emulation: containerd would also run arm's on arm64. */
function match(there: readonly Platform[], wanted: Platform): number | undefined {
  const { architecture } = normalize(wanted);
  const same = there.map((one) => normalize(one).architecture === architecture ? one : undefined);
  return bestMatch(same, wanted);
}

function missing(wanted: Platform, there: readonly Candidate[], index: Index): NixociError {
  const { digest } = index.manifest.descriptor;
  if (there.length === 0) return new NixociError("NOT_FOUND", `the index ${digest} has no images`);
  const names = there.map(({ platform }) => keyOf(platform)).join(", ");
  return new NixociError(
    "NOT_FOUND",
    `the index ${digest} has no image for ${formatPlatform(wanted)}`,
    { hint: `it has ${names}; choose with --platform` },
  );
}

/** Windows' builds come with a number for each month's patches, which would be another each time. */
function keyOf(platform: Platform): string {
  const { "os.version": version, "os.features": _f, ...rest } = normalize(platform);
  const build = version?.split(".").slice(0, 3).join(".");
  return formatPlatform(build === undefined ? rest : { ...rest, "os.version": build });
}
