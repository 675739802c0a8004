/** Selects from an index what runs on a platform. */
import { NixociError } from "../base/errors.ts";
import { contentOf } from "../image/content.ts";
import { encodeJson } from "../image/json.ts";
import { readConfig, readIndex } from "../image/documents/load.ts";
import { isManifest } from "../image/media-types.ts";
import {
  findBestMatch,
  findHostPlatform,
  formatPlatform,
  type Platform,
} from "../image/platform.ts";
import type { Child, Image, Index, OnLayers, Root } from "../image/root.ts";
import type { Step } from "../image/step.ts";
import { loadChildren } from "../image/tree.ts";

/**
 * Creates a step that takes from an index the image for a platform (the host's by default), as
 * containerd would choose it; for several platforms, an index of those images. An image that is in
 * no index passes when it is for every platform that was asked for.
 * @param hint returns the advice where there is none, given the platforms that there are.
 * @throws from the step, NixociError `NOT_FOUND`, naming the platforms that there are.
 * @example
 * ```ts
 * import { copy, openSink, openSource, parsePlatform, platform } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("docker-archive:out.tar:hello:latest");
 * const { images } = await copy(from, to, { steps: [platform([parsePlatform("linux/arm64")])] });
 * console.log(images.length); // 1
 * ```
 */
export function platform(
  wanted: readonly Platform[] = [],
  hint: (there: string) => string = formatHint,
): Step {
  const step: Step = async (root, { onLayers }) => {
    if (root.kind === "artifact") return root;
    if (root.kind === "index") return await selectFromIndex(root, wanted, hint, onLayers);
    await checkPlatform(root, wanted);
    return root;
  };
  // What is not an index is compared with the platforms that were asked for, if any.
  step.keeps = ({ mediaType }) => wanted.length === 0 && isManifest(mediaType);
  return step;
}

/** Selects the image for a platform, or an index of those for several, as {@link platform} does. */
export async function selectFromIndex(
  index: Index,
  wanted: readonly Platform[],
  hint: (there: string) => string,
  onLayers?: OnLayers,
): Promise<Root> {
  const chosen: Child[] = [];
  for (const one of wanted.length === 0 ? [findHostPlatform()] : wanted) {
    const child = await chooseChild(index, one, hint);
    if (!chosen.includes(child)) chosen.push(child);
  }
  if (wanted.length > 1) return await selectChildren(index, chosen);
  return omitContext(await chosen[0]!.load(onLayers));
}

const formatHint = (there: string): string =>
  `choose one that it has with --platform (${there}), or copy everything with --all`;

const NOTHING = "none of its entries is for a platform; nixoci copy --all takes them as they are";

async function chooseChild(
  index: Index,
  wanted: Platform,
  hint: (there: string) => string,
): Promise<Child> {
  const stated = index.children.map((child) => child.descriptor.platform);
  const at = findBestMatch(stated, wanted);
  if (at !== undefined) return index.children[at]!;
  // Entries that do not say what they are for: their configs do.
  const silent = index.children.filter(({ descriptor: { platform, mediaType } }) =>
    platform === undefined && isManifest(mediaType)
  );
  const roots = await loadChildren({ ...index, children: silent });
  const read = await Promise.all(roots.map(readRootPlatform));
  const found = findBestMatch(read, wanted);
  if (found !== undefined) return silent[found]!;
  const there = [...stated, ...read].filter((p) => p !== undefined && p.os !== "unknown");
  const names = [...new Set(there.map((p) => formatPlatform(p!)))].join(", ");
  throw new NixociError(
    "NOT_FOUND",
    `the index ${index.manifest.descriptor.digest} has no image for ${formatPlatform(wanted)}`,
    { hint: names === "" ? NOTHING : hint(names) },
  );
}

/** Reads the platform that an image's config states. */
export async function readRootPlatform(root: Root): Promise<Platform | undefined> {
  if (root.kind !== "image") return undefined;
  const { os, architecture, variant, "os.version": version } = (await readConfig(root.config)).json;
  if (!os || !architecture) return undefined;
  return { os, architecture, variant, "os.version": version };
}

/** Checks that a single image is for each of the platforms. */
async function checkPlatform(image: Image, wanted: readonly Platform[]): Promise<void> {
  const actual = await readRootPlatform(image);
  if (actual === undefined && wanted.length === 1) return;
  const missing = wanted.find((one) => findBestMatch([actual], one) === undefined);
  if (missing === undefined) return;
  throw new NixociError(
    "NOT_FOUND",
    `${image.manifest.descriptor.digest} is an image for ${
      actual ? formatPlatform(actual) : "no platform that it names"
    }, not for ${formatPlatform(missing)}`,
    { hint: "it is not an index to choose from; leave --platform out to take it is" },
  );
}

/** Returns an index of some of the entries, every other field as it was; itself, when those are all. */
export async function selectChildren(index: Index, chosen: readonly Child[]): Promise<Index> {
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

/** Returns the root without what its index said of it: platform and annotations are the index's. */
function omitContext(root: Root): Root {
  const { mediaType, digest, size } = root.manifest.descriptor;
  return { ...root, manifest: { ...root.manifest, descriptor: { mediaType, digest, size } } };
}
