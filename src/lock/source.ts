/** Locked images as a {@link Source}: made of what the lock says, by digest, whatever tags say. */
import type { Digest } from "../bytes/digest.ts";
import { fromBytes } from "../bytes/stream.ts";
import { codeOf, during, NixociError } from "../errors.ts";
import { bytesOf, type Content, content, deferred } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { MAX_DOCUMENT } from "../image/json.ts";
import { rootOf } from "../image/load.ts";
import { isConfig } from "../image/media-types.ts";
import type { Image, Root, Source } from "../image/root.ts";
import { subset } from "../steps/platform.ts";
import { inTurns } from "./in-turns.ts";
import type { Lock, LockedImage, LockedPlatform } from "./model.ts";
import { entriesOf, type Entry, entryOf } from "./names.ts";
import { lockedPlatform } from "./pin.ts";
import type { Owner, Supply } from "./supply.ts";

const AT_A_TIME = 6;

export interface LockedSourceOptions {
  /** Which images; all of the lock by default. */
  readonly names?: readonly string[];
  /** Where bytes come from. */
  readonly supply: Supply;
  /** Where manifests and configs may be already, so that they need not be fetched. */
  readonly nearby?: Supply;
}

/** A source that also knows the indexes that its images are from. */
export interface LockedSource extends Source {
  /** The indexes as their registries have them, also where not all of their images are locked. */
  readonly indexes: readonly Content[];
}

/**
 * The locked images. One with several platforms is its index, or when that has more images than are
 * locked, the part of it that is.
 * @throws from `resolve`, NixociError `MALFORMED` when the lock contradicts the manifests that it
 * pins, and what reading throws.
 */
export function lockedSource(lock: Lock, options: LockedSourceOptions): LockedSource {
  const entries = entriesOf(lock, options.names);
  const roots = new Map<string, Promise<Root>>();
  const read = (entry: Entry): Promise<Root> => {
    const root = roots.get(entry[0]) ?? rootOfEntry(entry, options);
    roots.set(entry[0], root);
    return root;
  };
  return {
    list() {
      // Whoever lists them wants them all, one after another: some are read ahead, so that fetching
      // many does not take a trip for each. A failure shows when its turn comes.
      inTurns(entries, AT_A_TIME, read).catch(() => {});
      return Promise.resolve(entries.map(([name]) => ({ select: name, name })));
    },
    async resolve(name = "") {
      return await read(entryOf(lock, name));
    },
    indexes: indexesOf(entries, options),
    async [Symbol.asyncDispose]() {},
  };
}

function indexesOf(entries: readonly Entry[], options: LockedSourceOptions): Content[] {
  const indexes = new Map<Digest, Content>();
  for (const [, { repository, index }] of entries) {
    if (index === undefined) continue;
    indexes.set(index.digest, document(index, { repository, manifest: index.digest }, options));
  }
  return [...indexes.values()];
}

async function rootOfEntry([name, image]: Entry, options: LockedSourceOptions): Promise<Root> {
  try {
    const images = new Map<Digest, Image>();
    for (const [platform, locked] of Object.entries(image.platforms)) {
      const root = await imageOf(locked, image, options);
      checkAgrees(locked, root, platform);
      images.set(locked.manifest.digest, root);
    }
    if (image.index === undefined) return [...images.values()][0]!;
    return await partOf(image.index, images, image, options);
  } catch (error) {
    throw during(error, `Cannot read the locked ${name}`);
  }
}

async function imageOf(
  { manifest }: LockedPlatform,
  { repository }: LockedImage,
  options: LockedSourceOptions,
): Promise<Image> {
  const owner = { repository, manifest: manifest.digest };
  const root = await rootOf(
    document(manifest, owner, options),
    (descriptor) =>
      isConfig(descriptor.mediaType)
        ? document(descriptor, owner, options)
        : options.supply(descriptor, owner),
  );
  if (root.kind === "image") return root;
  throw contradiction(`${manifest.digest} is an ${root.kind}, not an image`);
}

/** The index with the locked ones of its images; the image itself, where it is only one. */
async function partOf(
  descriptor: Descriptor,
  images: ReadonlyMap<Digest, Image>,
  { repository }: LockedImage,
  options: LockedSourceOptions,
): Promise<Root> {
  const owner = { repository, manifest: descriptor.digest };
  const whole = await rootOf(
    document(descriptor, owner, options),
    (child) => options.supply(child, owner),
  );
  if (whole.kind !== "index") throw contradiction(`${descriptor.digest} is no index`);
  const children = whole.children.map((child) => {
    const image = images.get(child.descriptor.digest);
    return image ? { ...child, load: () => Promise.resolve(image) } : child;
  });
  const locked = children.filter((child) => images.has(child.descriptor.digest));
  const stray = [...images.keys()].find((digest) =>
    !locked.some((child) => child.descriptor.digest === digest)
  );
  if (stray !== undefined) throw contradiction(`the index ${descriptor.digest} has no ${stray}`);
  if (images.size === 1) return [...images.values()][0]!;
  return await subset({ ...whole, children }, locked);
}

/** A manifest or config: small, so that what is nearby is read whole before it is believed. */
function document(
  descriptor: Descriptor,
  owner: Owner,
  { nearby, supply }: LockedSourceOptions,
): Content {
  return deferred(descriptor, async () => {
    if (nearby === undefined) return supply(descriptor, owner);
    try {
      const bytes = await bytesOf(nearby(descriptor, owner), MAX_DOCUMENT);
      return content(descriptor, () => fromBytes(bytes));
    } catch (error) {
      if (!NOT_THERE.includes(codeOf(error))) throw error;
      return supply(descriptor, owner);
    }
  });
}

// What is corrupt is as good as missing: it is fetched again.
const NOT_THERE: readonly unknown[] = ["NOT_FOUND", "DIGEST", "SIZE"];

/** The lock says again what the manifest says; where they differ, someone has edited it. */
function checkAgrees(locked: LockedPlatform, image: Image, platform: string): void {
  const actual = lockedPlatform(image);
  if (sameBlob(locked.config, actual.config) && locked.layers.length === actual.layers.length) {
    if (locked.layers.every((layer, i) => sameBlob(layer, actual.layers[i]!))) return;
  }
  const { digest } = locked.manifest;
  throw contradiction(`the manifest ${digest} (${platform}) has another config or other layers`);
}

function sameBlob(a: Descriptor, b: Descriptor): boolean {
  return a.digest === b.digest && a.size === b.size && a.mediaType === b.mediaType;
}

function contradiction(what: string): NixociError {
  return new NixociError("MALFORMED", `the lock contradicts the registry: ${what}`, {
    hint: "it has been edited, or merged wrongly; run nixoci lock remove, then add",
  });
}
