/** Pins images: makes the lock's data of what a tag names. */
import { type Digest, isDigest } from "../bytes/digest.ts";
import { codeOf, NixociError, reasonOf, wrapError } from "../base/errors.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { isForeign } from "../image/media-types.ts";
import type { Image, Root } from "../image/root.ts";
import type { LockedImage, LockedPlatform } from "./model.ts";
import {
  type PlatformImage,
  selectPlatformImages,
  selectSingleImage,
  type WantedPlatforms,
} from "./platforms.ts";
import { type Registry, withRepositorySource } from "./registry.ts";

/**
 * Pins a root: makes its entry in the lock.
 * @throws NixociError `UNSUPPORTED` for an artifact, `NOT_FOUND` for a platform that is missing.
 */
export async function pinRoot(
  root: Root,
  { repository, tag }: Pick<LockedImage, "repository" | "tag">,
  wanted: WantedPlatforms,
): Promise<LockedImage> {
  if (root.kind === "artifact") {
    throw new NixociError("UNSUPPORTED", "it is an artifact, not an image", {
      hint: "only images have platforms and layers to lock; copy it with nixoci copy",
    });
  }
  const images = root.kind === "index"
    ? await selectPlatformImages(root, wanted)
    : [await selectSingleImage(root, wanted)];
  return {
    repository,
    tag,
    index: root.kind === "index" ? bareDescriptorOf(root.manifest.descriptor) : undefined,
    platforms: Object.fromEntries(
      images.map(({ key, image }: PlatformImage) => [key, lockedPlatformOf(image)]),
    ),
  };
}

/** Reads what a tag or digest names, and pins it. */
export async function pinReference(
  registry: Registry,
  name: Pick<LockedImage, "repository" | "tag">,
  reference: string | Digest,
  wanted: WantedPlatforms,
): Promise<LockedImage> {
  return await withRepositorySource(registry, name.repository, async (source) => {
    const root = await source.resolve(reference).catch((error) => {
      throw isDigest(reference) ? error : suggestTags(error, name.repository);
    });
    try {
      return await pinRoot(root, name, wanted);
    } catch (error) {
      throw wrapError(error, `Cannot lock ${name.repository}:${name.tag}`);
    }
  });
}

/** Adds the advice to list tags: without a tag `latest` is asked for, which many repositories lack. */
function suggestTags(error: unknown, repository: string): unknown {
  if (codeOf(error) !== "NOT_FOUND") return error;
  const hint = `nixoci tags ${repository} lists the tags that there are`;
  return new NixociError("NOT_FOUND", reasonOf(error), { cause: error, hint });
}

/** Returns the lock's data of an image. */
export function lockedPlatformOf({ manifest, config, layers }: Image): LockedPlatform {
  return {
    manifest: bareDescriptorOf(manifest.descriptor),
    config: bareDescriptorOf(config.descriptor),
    layers: layers.map(({ descriptor }) => bareDescriptorOf(descriptor)),
  };
}

/** Returns type, digest and size; of layers that registries may not have, also their URLs. */
function bareDescriptorOf(descriptor: Descriptor): Descriptor {
  const { mediaType, digest, size, urls } = descriptor;
  return { mediaType, digest, size, urls: isForeign(descriptor) ? urls : undefined };
}
