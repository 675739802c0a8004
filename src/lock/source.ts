/** A {@link Source} of locked images: they are read by digest, whatever their tags name now. */
import type { Digest } from "../bytes/digest.ts";
import { mapLimited } from "../bytes/flow/map.ts";
import type { Content } from "../image/content.ts";
import type { Root } from "../image/root.ts";
import type { Source } from "../image/source.ts";
import type { Lock } from "./model.ts";
import { type LockEntry, selectEntries, selectEntry } from "./names.ts";
import { type LockPlaces, openDocument, readEntry } from "./read.ts";

const AT_A_TIME = 6;

/** The images, and the places to read them from. */
export interface LockedSourceOptions extends LockPlaces {
  /** The names of the images; all of the lock by default. */
  readonly names?: readonly string[];
}

/** A source that also knows the indexes that its images are from. */
export interface LockedSource extends Source {
  /** The indexes as their registries have them, also where not all of their images are locked. */
  readonly indexes: readonly Content[];
}

/**
 * Creates a source of the locked images. One with several platforms is its index, or when that has
 * more images than are locked, the part of it that is.
 * @throws from `resolve`, NixociError `MALFORMED` when the lock contradicts the manifests that it
 * pins, and what reading throws.
 * @example
 * ```ts
 * import { lock, openSource } from "nixoci";
 * const open = (repository: string) => openSource(`registry:${repository}`);
 * const locked = await lock.readLock("nixoci.lock.json");
 * await using supply = lock.createRegistrySupply({ open });
 * await using source = lock.createLockedSource(locked, { supply });
 * console.log((await source.resolve("alpine:3.20")).kind); // index
 * ```
 */
export function createLockedSource(lock: Lock, options: LockedSourceOptions): LockedSource {
  const entries = selectEntries(lock, options.names);
  const roots = new Map<string, Promise<Root>>();
  const read = (entry: LockEntry): Promise<Root> => {
    const root = roots.get(entry[0]) ?? readEntry(entry, options);
    roots.set(entry[0], root);
    return root;
  };
  return {
    list() {
      // A caller that lists the images reads them all, one after another: some are read ahead, so that
      // fetching many does not wait for each. A failure shows when its turn comes.
      mapLimited(entries, AT_A_TIME, read).catch(() => {});
      return Promise.resolve(entries.map(([name]) => ({ select: name, name })));
    },
    async resolve(name = "") {
      return await read(selectEntry(lock, name));
    },
    indexes: indexesOf(entries, options),
    async [Symbol.asyncDispose]() {},
  };
}

function indexesOf(entries: readonly LockEntry[], places: LockPlaces): Content[] {
  const indexes = new Map<Digest, Content>();
  for (const [, { repository, index }] of entries) {
    if (index === undefined) continue;
    indexes.set(index.digest, openDocument(index, { repository, manifest: index.digest }, places));
  }
  return [...indexes.values()];
}
