/** Reads what is locked, and checks that the lock agrees with it. */
import type { Digest } from "../bytes/digest.ts";
import { streamBytes } from "../bytes/stream.ts";
import { codeOf, NixociError, wrapError } from "../base/errors.ts";
import { type Content, content, deferContent, readContent } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { MAX_DOCUMENT } from "../image/json.ts";
import { readRoot } from "../image/documents/load.ts";
import { isConfig } from "../image/media-types.ts";
import type { Image, Root } from "../image/root.ts";
import { selectChildren } from "../steps/platform.ts";
import type { LockedImage, LockedPlatform } from "./model.ts";
import type { LockEntry } from "./names.ts";
import { lockedPlatformOf } from "./pin.ts";
import type { BlobOwner, BlobSupply } from "./supply.ts";

/** The places to read locked images from. */
export interface LockPlaces {
  /** The place of all bytes. */
  readonly supply: BlobSupply;
  /** A place that may have manifests and configs already, so that they need not be fetched. */
  readonly nearby?: BlobSupply;
}

/**
 * Reads a locked image: its index, the part of it that is locked, or the image alone.
 * @throws NixociError `MALFORMED` when the lock contradicts what it pins, and what reading throws.
 */
export async function readEntry([name, image]: LockEntry, places: LockPlaces): Promise<Root> {
  try {
    const images = new Map<Digest, Image>();
    for (const [platform, locked] of Object.entries(image.platforms)) {
      const root = await readImage(locked, image, places);
      checkAgrees(locked, root, platform);
      images.set(locked.manifest.digest, root);
    }
    if (image.index === undefined) return [...images.values()][0]!;
    return await readPart(image.index, images, image, places);
  } catch (error) {
    throw wrapError(error, `Cannot read the locked ${name}`);
  }
}

async function readImage(
  { manifest }: LockedPlatform,
  { repository }: LockedImage,
  places: LockPlaces,
): Promise<Image> {
  const owner = { repository, manifest: manifest.digest };
  const root = await readRoot(
    openDocument(manifest, owner, places),
    (descriptor) =>
      isConfig(descriptor.mediaType)
        ? openDocument(descriptor, owner, places)
        : places.supply(descriptor, owner),
  );
  if (root.kind === "image") return root;
  throw createContradictionError(`${manifest.digest} is an ${root.kind}, not an image`);
}

/** Reads an index with only its locked images; the image itself, where it is only one. */
async function readPart(
  descriptor: Descriptor,
  images: ReadonlyMap<Digest, Image>,
  { repository }: LockedImage,
  places: LockPlaces,
): Promise<Root> {
  const owner = { repository, manifest: descriptor.digest };
  const whole = await readRoot(
    openDocument(descriptor, owner, places),
    (child) => places.supply(child, owner),
  );
  if (whole.kind !== "index") {
    throw createContradictionError(`${descriptor.digest} is not an index`);
  }
  const children = whole.children.map((child) => {
    const image = images.get(child.descriptor.digest);
    return image ? { ...child, load: () => Promise.resolve(image) } : child;
  });
  const locked = children.filter((child) => images.has(child.descriptor.digest));
  const stray = [...images.keys()].find((digest) =>
    !locked.some((child) => child.descriptor.digest === digest)
  );
  if (stray !== undefined) {
    throw createContradictionError(`the index ${descriptor.digest} has no ${stray}`);
  }
  if (images.size === 1) return [...images.values()][0]!;
  return await selectChildren({ ...whole, children }, locked);
}

/** Opens a manifest or config: small, so that what is nearby is read whole before it is used. */
export function openDocument(
  descriptor: Descriptor,
  owner: BlobOwner,
  { nearby, supply }: LockPlaces,
): Content {
  return deferContent(descriptor, async () => {
    if (nearby === undefined) return supply(descriptor, owner);
    try {
      const bytes = await readContent(nearby(descriptor, owner), MAX_DOCUMENT);
      return content(descriptor, () => streamBytes(bytes));
    } catch (error) {
      if (!NOT_THERE.includes(codeOf(error))) throw error;
      return supply(descriptor, owner);
    }
  });
}

// What is corrupt is as good as missing: it is fetched again.
const NOT_THERE: readonly unknown[] = ["NOT_FOUND", "DIGEST", "SIZE"];

/** Checks that the lock repeats what the manifest says; where they differ, it was edited. */
function checkAgrees(locked: LockedPlatform, image: Image, platform: string): void {
  const actual = lockedPlatformOf(image);
  if (isSameBlob(locked.config, actual.config) && locked.layers.length === actual.layers.length) {
    if (locked.layers.every((layer, i) => isSameBlob(layer, actual.layers[i]!))) return;
  }
  const { digest } = locked.manifest;
  throw createContradictionError(
    `the manifest ${digest} (${platform}) has another config or other layers`,
  );
}

function isSameBlob(a: Descriptor, b: Descriptor): boolean {
  return a.digest === b.digest && a.size === b.size && a.mediaType === b.mediaType;
}

function createContradictionError(what: string): NixociError {
  return new NixociError("MALFORMED", `the lock contradicts the registry: ${what}`, {
    hint: "it has been edited, or merged wrongly; run nixoci lock remove, then add",
  });
}
