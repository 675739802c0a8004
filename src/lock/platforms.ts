/** Selects the images of an index that are locked, and names their platforms. */
import { mapLimited } from "../bytes/flow/map.ts";
import { NixociError } from "../base/errors.ts";
import { isManifest } from "../image/media-types.ts";
import {
  findBestMatch,
  formatPlatform,
  normalizePlatform,
  parsePlatform,
  type Platform,
} from "../image/platform.ts";
import type { Image, Index } from "../image/root.ts";
import { readRootPlatform } from "../steps/platform.ts";
import { normalizePlatformName } from "./format.ts";

/**
 * The platforms to lock: those given, every one that there is, or those of the usual ones that there
 * are: a lock is for everyone who works on a repository, on any machine.
 */
export type WantedPlatforms = readonly Platform[] | "all" | "usual";

/** The platforms that most machines run, and Nix's two systems for Linux. */
const USUAL: readonly Platform[] = ["linux/amd64", "linux/arm64"].map(parsePlatform);

// An index may have thousands of entries.
const AT_A_TIME = 4;

/** An image and its platform's name. */
export interface PlatformImage {
  /** The platform's name in the lock: `linux/arm/v7`. */
  readonly key: string;
  readonly image: Image;
}

/**
 * Selects the wanted images of an index. Entries for an unknown platform are attestations.
 * @throws NixociError `NOT_FOUND` when a platform is missing, with those that there are.
 */
export async function selectPlatformImages(
  index: Index,
  wanted: WantedPlatforms,
): Promise<PlatformImage[]> {
  const there = await listCandidates(index);
  const chosen = chooseCandidates(there, wanted, index);
  return await mapLimited(chosen, AT_A_TIME, async ({ platform, load }) => {
    const root = await load();
    if (root.kind === "image") return { key: checkedKeyOf(platform), image: root };
    throw new NixociError(
      "UNSUPPORTED",
      `what the index has for ${formatPlatform(platform)} is an ${root.kind}, not an image`,
    );
  });
}

/**
 * Names a single image's platform, which must be every platform that is wanted.
 * @throws NixociError `NOT_FOUND` when it is not.
 */
export async function selectSingleImage(
  image: Image,
  wanted: WantedPlatforms,
): Promise<PlatformImage> {
  const platform = await readRootPlatform(image) ?? { os: "unknown", architecture: "unknown" };
  const others = typeof wanted === "string"
    ? []
    : wanted.filter((one) => findMatch([platform], one) === undefined);
  if (others.length === 0) return { key: checkedKeyOf(platform), image };
  const is = `${image.manifest.descriptor.digest} is an image for ${keyOf(platform)}`;
  throw new NixociError("NOT_FOUND", `${is} alone, not for ${formatPlatform(others[0]!)}`, {
    hint: "without --platform it is locked as it is",
  });
}

interface Candidate {
  readonly platform: Platform;
  readonly load: Index["children"][number]["load"];
}

/** Lists the entries that are images, each platform once; loads those that do not state theirs. */
async function listCandidates({ children }: Index): Promise<Candidate[]> {
  const found = await mapLimited(children, AT_A_TIME, async ({ descriptor, load }) => {
    const { mediaType, artifactType, platform: stated } = descriptor;
    if (!isManifest(mediaType) || artifactType !== undefined) return undefined;
    const platform = stated ?? await readRootPlatform(await load());
    return platform && platform.os !== "unknown" ? { platform, load } : undefined;
  });
  const byKey = new Map<string, Candidate>();
  for (const one of found) {
    if (one !== undefined && !byKey.has(keyOf(one.platform))) byKey.set(keyOf(one.platform), one);
  }
  return [...byKey.values()];
}

function chooseCandidates(
  there: readonly Candidate[],
  wanted: WantedPlatforms,
  index: Index,
): readonly Candidate[] {
  const find = (one: Platform): Candidate | undefined => {
    const at = findMatch(there.map(({ platform }) => platform), one);
    return at === undefined ? undefined : there[at];
  };
  const found = wanted === "all" ? there : (wanted === "usual" ? USUAL : wanted).map((one) => {
    const candidate = find(one);
    if (candidate === undefined && wanted !== "usual") throw createMissingError(one, there, index);
    return candidate;
  });
  const chosen = [...new Set(found.filter((one) => one !== undefined))];
  if (chosen.length === 0) throw createMissingError(USUAL[0]!, there, index);
  return chosen;
}

/** Returns the platform's name, if it can be parsed again: a publisher may write anything there. */
function checkedKeyOf(platform: Platform): string {
  const key = keyOf(platform);
  if (normalizePlatformName(key) === key) return key;
  throw new NixociError("UNSUPPORTED", `${JSON.stringify(key)} is not a platform that has a name`, {
    hint: "its publisher has to mend that; --platform locks others of an index",
  });
}

/** Finds what runs on the platform without emulation: containerd would also run arm's on arm64. */
function findMatch(there: readonly Platform[], wanted: Platform): number | undefined {
  const { architecture } = normalizePlatform(wanted);
  const same = there.map((one) =>
    normalizePlatform(one).architecture === architecture ? one : undefined
  );
  return findBestMatch(same, wanted);
}

function createMissingError(
  wanted: Platform,
  there: readonly Candidate[],
  index: Index,
): NixociError {
  const { digest } = index.manifest.descriptor;
  if (there.length === 0) return new NixociError("NOT_FOUND", `the index ${digest} has no images`);
  const names = there.map(({ platform }) => keyOf(platform)).join(", ");
  return new NixociError(
    "NOT_FOUND",
    `the index ${digest} has no image for ${formatPlatform(wanted)}`,
    { hint: `it has ${names}; choose with --platform` },
  );
}

/** Returns the platform's name without the number of Windows' monthly patches, which always changes. */
function keyOf(platform: Platform): string {
  const { "os.version": version, "os.features": _f, ...rest } = normalizePlatform(platform);
  const build = version?.split(".").slice(0, 3).join(".");
  return formatPlatform(build === undefined ? rest : { ...rest, "os.version": build });
}
