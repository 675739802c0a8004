/** Locked images as a {@link Source}: made of what the lock says, by digest, whatever tags say. */
import type { Digest } from "../bytes/digest.ts";
import { inTurns } from "../bytes/flow/map.ts";
import type { Content } from "../image/content.ts";
import type { Root, Source } from "../image/root.ts";
import type { Lock } from "./model.ts";
import { entriesOf, type Entry, entryOf } from "./names.ts";
import { document, type Places, readEntry } from "./read.ts";

const AT_A_TIME = 6;

export interface LockedSourceOptions extends Places {
  /** Which images; all of the lock by default. */
  readonly names?: readonly string[];
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
    const root = roots.get(entry[0]) ?? readEntry(entry, options);
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

function indexesOf(entries: readonly Entry[], places: Places): Content[] {
  const indexes = new Map<Digest, Content>();
  for (const [, { repository, index }] of entries) {
    if (index === undefined) continue;
    indexes.set(index.digest, document(index, { repository, manifest: index.digest }, places));
  }
  return [...indexes.values()];
}
