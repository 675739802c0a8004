/** From what a tag names to what the lock says of it. */
import { type Digest, isDigest } from "../bytes/digest.ts";
import { codeOf, during, NixociError, reason } from "../base/errors.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { layerType } from "../image/media-types.ts";
import type { Image, Root } from "../image/root.ts";
import type { LockedImage, LockedPlatform } from "./model.ts";
import { type ForPlatform, imageFor, imagesFor, type Wanted } from "./platforms.ts";
import { type Registry, withRepository } from "./registry.ts";

/**
 * What a root is, pinned.
 * @throws NixociError `UNSUPPORTED` for an artifact, `NOT_FOUND` for a platform that is missing.
 */
export async function pinned(
  root: Root,
  { repository, tag }: Pick<LockedImage, "repository" | "tag">,
  wanted: Wanted,
): Promise<LockedImage> {
  if (root.kind === "artifact") {
    throw new NixociError("UNSUPPORTED", "it is an artifact, not an image", {
      hint: "only images have platforms and layers to lock; copy it with nixoci copy",
    });
  }
  const images = root.kind === "index"
    ? await imagesFor(root, wanted)
    : [await imageFor(root, wanted)];
  return {
    repository,
    tag,
    ...(root.kind === "index" && { index: bare(root.manifest.descriptor) }),
    platforms: Object.fromEntries(
      images.map(({ key, image }: ForPlatform) => [key, lockedPlatform(image)]),
    ),
  };
}

/** Reads what a tag or digest names, and pins it. */
export async function pinnedFrom(
  registry: Registry,
  name: Pick<LockedImage, "repository" | "tag">,
  reference: string | Digest,
  wanted: Wanted,
): Promise<LockedImage> {
  return await withRepository(registry, name.repository, async (source) => {
    const root = await source.resolve(reference).catch((error) => {
      throw isDigest(reference) ? error : askForTags(error, name.repository);
    });
    try {
      return await pinned(root, name, wanted);
    } catch (error) {
      throw during(error, `Cannot lock ${name.repository}:${name.tag}`);
    }
  });
}

/** Who leaves the tag out asks for `latest`, which many repositories do not have. */
function askForTags(error: unknown, repository: string): unknown {
  if (codeOf(error) !== "NOT_FOUND") return error;
  const hint = `nixoci tags ${repository} lists the tags that there are`;
  return new NixociError("NOT_FOUND", reason(error), { cause: error, hint });
}

/** What the lock says of an image. */
export function lockedPlatform({ manifest, config, layers }: Image): LockedPlatform {
  return {
    manifest: bare(manifest.descriptor),
    config: bare(config.descriptor),
    layers: layers.map(({ descriptor }) => bare(descriptor)),
  };
}

/** Type, digest and size; and of layers that registries may not have, where they are. */
function bare({ mediaType, digest, size, urls }: Descriptor): Descriptor {
  const isForeign = layerType(mediaType)?.distributable === false && urls && urls.length > 0;
  return { mediaType, digest, size, ...(isForeign && { urls }) };
}
