/** The things that the repositories of a cache share. */
import type { OnNotice } from "../../base/notices.ts";
import type { Digest } from "../../bytes/digest.ts";

/** The time that answers are good for, whom to tell, and who has which blob. */
export interface CacheSettings {
  /** Milliseconds for which a tag is believed without asking again. */
  readonly tagTtl: number;
  /** Milliseconds that a registry gets to answer where an older answer is at hand. */
  readonly patience: number;
  /** Breaks off what is being fetched. */
  readonly signal: AbortSignal;
  readonly onNotice: OnNotice;
  /** The folders of layouts that are known to have a blob. */
  readonly owners: BlobOwners;
}

/** Remembers in which layout blobs are, so that other repositories need not fetch them. */
export interface BlobOwners {
  note(digest: Digest, path: string): void;
  find(digest: Digest): string | undefined;
}

/** Makes a memory of so many blobs; the oldest are forgotten. */
export function createBlobOwners(most: number): BlobOwners {
  const owners = new Map<Digest, string>();
  return {
    note(digest, path) {
      const [oldest] = owners.keys();
      if (owners.size >= most && oldest !== undefined) owners.delete(oldest);
      owners.set(digest, path);
    },
    find: (digest) => owners.get(digest),
  };
}
