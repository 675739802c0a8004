/** Adds images to a lock, and removes them. */
import { NixociError } from "../base/errors.ts";
import { type ImageReference, parseReference } from "../image/reference.ts";
import { parsePlatform } from "../image/platform.ts";
import { type Lock, type LockedImage, lockedNameOf, pinOf, setImage } from "./model.ts";
import { selectEntries } from "./names.ts";
import { pinReference } from "./pin.ts";
import type { WantedPlatforms } from "./platforms.ts";
import type { Registry } from "./registry.ts";

/** The registry to ask, and the platforms to lock. */
export interface AddOptions {
  readonly registry: Registry;
  /** `usual` by default: those of linux/amd64 and linux/arm64 that there are. */
  readonly platforms?: WantedPlatforms;
}

/** The lock with an image, and what it says of it. */
export interface AddResult {
  readonly lock: Lock;
  /** `docker.io/library/alpine:3.20`. */
  readonly name: string;
  readonly image: LockedImage;
  /** `true` when the lock has changed. */
  readonly isNew: boolean;
  /** The platforms that an image has got which was locked before. */
  readonly added?: readonly string[];
}

/**
 * Adds an image to a lock: the tag is asked once, and what it names is pinned. An image that is locked
 * already stays at its digest, and gets the platforms that were asked for beside those that it has;
 * `name:tag@digest` pins the digest, and asks no tag.
 * @throws NixociError `USAGE` for a digest without a tag, `UNSUPPORTED` for an artifact, `NOT_FOUND`
 * for a platform that the index lacks, and what the registry throws.
 * @example
 * ```ts
 * import { lock, openSource } from "nixoci";
 * const registry = { open: (repository: string) => openSource(`registry:${repository}`) };
 * const { name, image } = await lock.addToLock(lock.EMPTY_LOCK, "alpine:3.20", { registry });
 * console.log(name); // docker.io/library/alpine:3.20
 * console.log(Object.keys(image.platforms)); // [ 'linux/amd64', 'linux/arm64' ]
 * ```
 */
export async function addToLock(
  lock: Lock,
  reference: string,
  { registry, platforms }: AddOptions,
): Promise<AddResult> {
  const { digest, ...wanted } = parseLockName(reference);
  const name = lockedNameOf(wanted);
  const before = Object.hasOwn(lock.images, name) ? lock.images[name] : undefined;
  const isPinned = before !== undefined && (digest === undefined || digest === pinOf(before));
  if (isPinned && platforms === undefined) return { lock, name, image: before, isNew: false };
  const pin = digest ?? (isPinned ? pinOf(before) : wanted.tag);
  const asked = platforms ?? (before ? platformsOf(before) : "usual");
  const now = await pinReference(registry, wanted, pin, asked);
  const image = isPinned ? { ...now, platforms: { ...before.platforms, ...now.platforms } } : now;
  const result = { lock: setImage(lock, image), name, image };
  if (!isPinned) return { ...result, isNew: true };
  const added = Object.keys(now.platforms).filter((key) => !Object.hasOwn(before.platforms, key));
  return { ...result, isNew: added.length > 0, added };
}

/**
 * Removes the images that the names mean; returns the lock, and the names of those images.
 * @example
 * ```ts
 * import { lock } from "nixoci";
 * const locked = await lock.readLock("nixoci.lock.json");
 * const { removed } = lock.removeFromLock(locked, ["alpine"]);
 * console.log(removed); // [ 'docker.io/library/alpine:3.20' ]
 * ```
 */
export function removeFromLock(
  lock: Lock,
  names: readonly string[],
): { lock: Lock; removed: string[] } {
  const removed = names.length === 0 ? [] : selectEntries(lock, names).map(([name]) => name);
  const images = Object.entries(lock.images).filter(([name]) => !removed.includes(name));
  return { lock: { ...lock, images: Object.fromEntries(images) }, removed };
}

/** Returns the platforms that are locked, to ask for them again. */
export function platformsOf({ platforms }: LockedImage): WantedPlatforms {
  return Object.keys(platforms).map(parsePlatform);
}

/**
 * Parses a reference into the name of a locked image; the tag is `latest` by default.
 * @throws NixociError `USAGE` for a digest without a tag.
 */
export function parseLockName(
  text: string,
): Pick<LockedImage, "repository" | "tag"> & Pick<ImageReference, "digest"> {
  const { host, repository, tag, digest } = parseReference(text);
  if (tag === undefined && digest !== undefined) {
    throw new NixociError("USAGE", `${text} has no tag, and a locked image is named by its tag`, {
      hint: `write ${text.replace("@", ":TAG@")}`,
    });
  }
  return { repository: `${host}/${repository}`, tag: tag ?? "latest", digest };
}
