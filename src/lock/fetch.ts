/** Fetches locked images to a place, and verifies that they are there. */
import { copy, type CopyOptions, type CopyResult } from "../copy/copy.ts";
import type { Digest } from "../bytes/digest.ts";
import { mapLimited } from "../bytes/flow/map.ts";
import { drainStream } from "../bytes/stream.ts";
import { codeOf } from "../base/errors.ts";
import type { Sink } from "../image/sink.ts";
import type { Source } from "../image/source.ts";
import { listLockedBlobs, type LockedBlob } from "./blobs.ts";
import type { Lock } from "./model.ts";
import { selectEntries } from "./names.ts";
import { createLockedSource, type LockedSourceOptions } from "./source.ts";
import type { BlobSupply } from "./supply.ts";

/** The images, where their bytes come from, and how they are copied. */
export type FetchOptions =
  & LockedSourceOptions
  & Pick<CopyOptions, "jobs" | "signal" | "onEvent" | "scratch">;

/**
 * Copies the locked images to a sink under their names; only what is missing moves. The indexes are
 * stored as their registries have them, too, so that the next fetch reads nothing from elsewhere.
 * @throws NixociError what {@link createLockedSource} and `copy` throw.
 * @example
 * ```ts
 * import { lock, openSink, openSource } from "nixoci";
 * const open = (repository: string) => openSource(`registry:${repository}`);
 * const locked = await lock.readLock("nixoci.lock.json");
 * await using supply = lock.createRegistrySupply({ open });
 * await using to = await openSink("oci-dir:images");
 * const { images } = await lock.fetchLockedImages(locked, to, { supply });
 * console.log(images.length); // 1
 * ```
 */
export async function fetchLockedImages(
  lock: Lock,
  to: Sink,
  options: FetchOptions,
): Promise<CopyResult> {
  const source = createLockedSource(lock, options);
  if (selectEntries(lock, options.names).length === 0) return NOTHING;
  await to.prepare?.([]);
  for (const index of source.indexes) {
    if (await to.has(index.descriptor)) continue;
    const lacking = await to.put({ kind: "manifest", content: index });
    if (lacking) throw lacking.error;
  }
  return await copy(source, to, { ...options, all: true });
}

const NOTHING: CopyResult = {
  images: [],
  blobs: { moved: 0, exists: 0, mounted: 0 },
  bytes: 0,
};

/** A blob or name that is not as the lock has it. */
export interface LockProblem {
  /** The images that it is part of. */
  readonly images: readonly string[];
  readonly kind: LockedBlob["kind"] | "name";
  /** The blob's digest; for a name, the digest that it should name. */
  readonly digest: Digest;
  readonly problem: "missing" | "corrupt" | "other";
}

// Hashing is what takes the time; a few reads beside it are enough.
const READS = 4;

/**
 * Verifies that the locked images are there: reads and hashes every byte, and returns what is missing
 * or wrong.
 * @param there the blobs of the place.
 * @param layout the names of the place.
 * @example
 * ```ts
 * import { lock, openSource } from "nixoci";
 * const locked = await lock.readLock("nixoci.lock.json");
 * const there = lock.createFolderSupply("in/blobs");
 * await using layout = await openSource("oci-dir:in");
 * const [first] = await lock.verifyLockedImages(locked, { there, layout });
 * console.log(first?.problem, first?.images); // missing [ 'docker.io/library/alpine:3.20' ]
 * ```
 */
export async function verifyLockedImages(
  lock: Lock,
  { names = [], there, layout }: {
    readonly names?: readonly string[];
    readonly there: BlobSupply;
    readonly layout: Source;
  },
): Promise<LockProblem[]> {
  const blobs = listLockedBlobs(lock, { names }).filter(({ isForeign }) => !isForeign);
  const bad = await mapLimited(blobs, READS, async (blob): Promise<LockProblem[]> => {
    const { images, kind, digest } = blob;
    const problem = await findProblem(blob, there);
    return problem ? [{ images, kind, digest, problem }] : [];
  });
  const badBlobs = bad.flat();
  const source = createLockedSource(lock, { names, supply: there });
  const named = await mapLimited(
    selectEntries(lock, names),
    READS,
    async ([name]): Promise<LockProblem[]> => {
      if (badBlobs.some(({ images, kind }) => kind !== "layer" && images.includes(name))) return [];
      const { manifest } = await source.resolve(name);
      const { digest } = manifest.descriptor;
      const actual = await layout.resolve(name).catch((error) => {
        if (codeOf(error) !== "NOT_FOUND") throw error;
      });
      if (actual?.manifest.descriptor.digest === digest) return [];
      return [{ images: [name], kind: "name", digest, problem: actual ? "other" : "missing" }];
    },
  );
  return [...badBlobs, ...named.flat()];
}

async function findProblem(
  { digest, size, mediaType, owner }: LockedBlob,
  there: BlobSupply,
): Promise<"missing" | "corrupt" | undefined> {
  try {
    await drainStream(there({ digest, size, mediaType }, owner).open());
  } catch (error) {
    const code = codeOf(error);
    if (code === "NOT_FOUND") return "missing";
    if (code === "DIGEST" || code === "SIZE") return "corrupt";
    throw error;
  }
}
