/** The types of a lockfile's data. `schema.ts` checks the same shape. */
import type { Digest } from "../bytes/digest.ts";
import type { Descriptor } from "../image/descriptor.ts";

/** A lockfile: the images of a repository, each pinned by digest. */
export interface Lock {
  /** For editors; kept as it is found. */
  readonly $schema?: string | undefined;
  readonly version: 1;
  /** By name: `docker.io/library/alpine:3.20`. */
  readonly images: Readonly<Record<string, LockedImage>>;
}

/** An image as its tag named it when it was locked. */
export interface LockedImage {
  /** `host/path`. */
  readonly repository: string;
  readonly tag: string;
  /** The index that the tag named; left out for an image without one. */
  readonly index?: Descriptor | undefined;
  /** By platform: `linux/amd64`; at least one, and without an index exactly one. */
  readonly platforms: Readonly<Record<string, LockedPlatform>>;
}

/** One image: everything to fetch for it. Its descriptors have only type, digest and size. */
export interface LockedPlatform {
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  /** Lowest first. */
  readonly layers: readonly Descriptor[];
}

/** The usual name of a lockfile. */
export const LOCK_FILE = "nixoci.lock.json";

/** A lock without images. */
export const EMPTY_LOCK: Lock = { $schema: "urn:nixoci:lock:1", version: 1, images: {} };

/** Returns the digest that the image is pinned by: what its tag named. */
export function pinOf({ index, platforms }: LockedImage): Digest {
  return (index ?? Object.values(platforms)[0]!.manifest).digest;
}

/** Sets an image in a lock, in the place of one with its name. */
export function setImage(lock: Lock, image: LockedImage): Lock {
  return { ...lock, images: { ...lock.images, [lockedNameOf(image)]: image } };
}

/** Returns the name of an image in the lock. */
export function lockedNameOf({ repository, tag }: Pick<LockedImage, "repository" | "tag">): string {
  return `${repository}:${tag}`;
}
