/** From what a tag names to what the lock says of it. */
import { type Digest, isDigest } from "../bytes/digest.ts";
import { codeOf, during, NixociError, reason } from "../base/errors.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { layerType } from "../image/media-types.ts";
import type { Image, Root } from "../image/root.ts";
import type { LockedImage, LockedPlatform } from "./model.ts";
import {
  type PlatformImage,
  selectImages,
  selectSingleImage,
  type WantedPlatforms,
} from "./platforms.ts";
import { type Registry, withRepository } from "./registry.ts";

/**
 * What a root is, pinned.
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
    ? await selectImages(root, wanted)
    : [await selectSingleImage(root, wanted)];
  return {
    repository,
    tag,
    ...(root.kind === "index" && { index: bareDescriptorOf(root.manifest.descriptor) }),
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
  return await withRepository(registry, name.repository, async (source) => {
    const root = await source.resolve(reference).catch((error) => {
      throw isDigest(reference) ? error : hintAtTags(error, name.repository);
    });
    try {
      return await pinRoot(root, name, wanted);
    } catch (error) {
      throw during(error, `Cannot lock ${name.repository}:${name.tag}`);
    }
  });
}

/** Who leaves the tag out asks for `latest`, which many repositories do not have. */
function hintAtTags(error: unknown, repository: string): unknown {
  if (codeOf(error) !== "NOT_FOUND") return error;
  const hint = `nixoci tags ${repository} lists the tags that there are`;
  return new NixociError("NOT_FOUND", reason(error), { cause: error, hint });
}

/** What the lock says of an image. */
export function lockedPlatformOf({ manifest, config, layers }: Image): LockedPlatform {
  return {
    manifest: bareDescriptorOf(manifest.descriptor),
    config: bareDescriptorOf(config.descriptor),
    layers: layers.map(({ descriptor }) => bareDescriptorOf(descriptor)),
  };
}

/** Type, digest and size; and of layers that registries may not have, where they are. */
function bareDescriptorOf({ mediaType, digest, size, urls }: Descriptor): Descriptor {
  const isForeign = layerType(mediaType)?.distributable === false && urls && urls.length > 0;
  return { mediaType, digest, size, ...(isForeign && { urls }) };
}
