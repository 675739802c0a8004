/** Picks from an index what runs on a platform. */
import { NixociError } from "../base/errors.ts";
import { contentOf } from "../image/content.ts";
import { encodeJson } from "../image/json.ts";
import { readConfig, readIndex } from "../image/load.ts";
import { isManifest } from "../image/media-types.ts";
import { bestMatch, formatPlatform, hostPlatform, type Platform } from "../image/platform.ts";
import type { Child, Image, Index, Root, Step } from "../image/root.ts";

/**
 * Of an index, the image for the platform (the host's when none is given), as containerd would
 * choose it; of several platforms, an index of those images. An image that is in no index passes
 * when it is for each platform that was asked for.
 * @param hint what to do where there is none, given the platforms that there are.
 * @throws NixociError `NOT_FOUND`, naming the platforms that there are.
 * @example
 * ```ts
 * import { parsePlatform, platform } from "nixoci";
 * const step = platform([parsePlatform("linux/amd64"), parsePlatform("linux/arm64")]);
 * ```
 */
export function platform(
  wanted: readonly Platform[] = [],
  hint: (there: string) => string = HINT,
): Step {
  const step: Step = async (root) => {
    if (root.kind === "artifact") return root;
    if (root.kind === "image") {
      await compare(root, wanted);
      return root;
    }
    const chosen: Child[] = [];
    for (const one of wanted.length === 0 ? [hostPlatform()] : wanted) {
      const child = await choose(root, one, hint);
      if (!chosen.includes(child)) chosen.push(child);
    }
    if (wanted.length > 1) return await subset(root, chosen);
    return withoutContext(await chosen[0]!.load());
  };
  // What is no index is compared with the platforms that were asked for, if any.
  step.keeps = ({ mediaType }) => wanted.length === 0 && isManifest(mediaType);
  return step;
}

const HINT = (there: string): string =>
  `choose one that it has with --platform (${there}), or copy everything with --all`;

const NOTHING = "none of its entries is for a platform; nixoci copy --all takes them as they are";

async function choose(
  index: Index,
  wanted: Platform,
  hint: (there: string) => string,
): Promise<Child> {
  const stated = index.children.map((child) => child.descriptor.platform);
  const at = bestMatch(stated, wanted);
  if (at !== undefined) return index.children[at]!;
  // Entries that do not say what they are for: their configs do.
  const silent = index.children.filter((child) => child.descriptor.platform === undefined);
  const read = await Promise.all(silent.map(async (child) => platformOf(await child.load())));
  const found = bestMatch(read, wanted);
  if (found !== undefined) return silent[found]!;
  const there = [...stated, ...read].filter((p) => p !== undefined && p.os !== "unknown");
  const names = [...new Set(there.map((p) => formatPlatform(p!)))].join(", ");
  throw new NixociError(
    "NOT_FOUND",
    `the index ${index.manifest.descriptor.digest} has no image for ${formatPlatform(wanted)}`,
    { hint: names === "" ? NOTHING : hint(names) },
  );
}

/** The platform that an image's config states. */
export async function platformOf(root: Root): Promise<Platform | undefined> {
  if (root.kind !== "image") return undefined;
  const { os, architecture, variant, "os.version": version } = (await readConfig(root.config)).json;
  if (!os || !architecture) return undefined;
  return {
    os,
    architecture,
    ...(variant && { variant }),
    ...(version && { "os.version": version }),
  };
}

/** A single image is what there is; when platforms were asked for, it must be the one. */
async function compare(image: Image, wanted: readonly Platform[]): Promise<void> {
  const actual = await platformOf(image);
  if (actual === undefined && wanted.length === 1) return;
  const missing = wanted.find((one) => bestMatch([actual], one) === undefined);
  if (missing === undefined) return;
  throw new NixociError(
    "NOT_FOUND",
    `${image.manifest.descriptor.digest} is an image for ${
      actual ? formatPlatform(actual) : "no platform that it names"
    }, not for ${formatPlatform(missing)}`,
    { hint: "it is no index to choose from; leave --platform out to take it as it is" },
  );
}

/** The index with some of its entries: every other field as it was; itself, when those are all. */
export async function subset(index: Index, chosen: readonly Child[]): Promise<Index> {
  const json = await readIndex(index.manifest);
  const keep = new Set(chosen.map((child) => child.descriptor));
  const manifests = json.manifests.filter((_, i) => keep.has(index.children[i]!.descriptor));
  if (manifests.length === json.manifests.length) return index;
  return {
    kind: "index",
    manifest: contentOf(index.manifest.descriptor.mediaType, encodeJson({ ...json, manifests })),
    children: index.children.filter((child) => keep.has(child.descriptor)),
  };
}

/** As if it had been named by itself: what the index said of it belongs to the index. */
function withoutContext(root: Root): Root {
  const { mediaType, digest, size } = root.manifest.descriptor;
  return { ...root, manifest: { ...root.manifest, descriptor: { mediaType, digest, size } } };
}
