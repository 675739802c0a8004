/** A registry's storage in memory, which is gone with the process. */
import { algorithmOf, createHasher, type Digest } from "../../bytes/digest.ts";
import { NixociError } from "../../base/errors.ts";
import type { BlobWriter, PushableRepository, RegistryStorage } from "../storage.ts";
import {
  findManifest,
  findReferrers,
  keepManifest,
  type KeptManifests,
  removeManifest,
  serveBytes,
} from "./manifests.ts";

/** A repository in memory. Its maps may be looked into and changed at any time. */
export interface MemoryRepository extends PushableRepository, KeptManifests {
  readonly blobs: Map<string, Uint8Array>;
  beginBlob(): Promise<MemoryWriter>;
}

/** Repositories in memory. */
export interface MemoryStorage extends RegistryStorage {
  readonly repositories: ReadonlyMap<string, MemoryRepository>;
  /** Returns the repository of this name, made when it is not there. */
  repository(name: string): MemoryRepository;
}

/** A blob in memory on its way in; `bytes` is what has come of it. */
export interface MemoryWriter extends BlobWriter {
  bytes: Uint8Array;
}

/**
 * Makes an empty storage in memory: for tests, and for images that only have to pass through.
 * @example
 * ```ts
 * import { createMemoryStorage, serveRegistry } from "nixoci";
 * const registry = await serveRegistry(createMemoryStorage());
 * console.log(registry.host); // 127.0.0.1:…
 * await registry.stop();
 * ```
 */
export function createMemoryStorage(): MemoryStorage {
  const repositories = new Map<string, MemoryRepository>();
  const repository = (name: string): MemoryRepository => {
    const there = repositories.get(name) ??
      createMemoryRepository((from, digest) => repositories.get(from)?.blobs.get(digest));
    repositories.set(name, there);
    return there;
  };
  return {
    repositories,
    repository,
    findRepository: (name) => Promise.resolve(repositories.get(name)),
    makeRepository: (name) => Promise.resolve(repository(name)),
    listRepositories: () => Promise.resolve([...repositories.keys()]),
  };
}

function createMemoryRepository(
  findElsewhere: (from: string, digest: string) => Uint8Array | undefined,
): MemoryRepository {
  const blobs = new Map<string, Uint8Array>();
  const kept: KeptManifests = { manifests: new Map(), tags: new Map() };
  return {
    blobs,
    ...kept,
    findManifest: (reference) => Promise.resolve(findManifest(kept, reference)),
    async findBlob(digest) {
      const bytes = blobs.get(digest);
      return bytes && serveBytes("application/octet-stream", digest, bytes);
    },
    listTags: () => Promise.resolve([...kept.tags.keys()]),
    listReferrers: (subject) => Promise.resolve(findReferrers(kept, subject)),
    beginBlob: () =>
      Promise.resolve(createMemoryWriter((digest, bytes) => blobs.set(digest, bytes))),
    putManifest: (manifest, tags) => keepManifest(kept, manifest, tags),
    async mountBlob(digest, from) {
      const bytes = findElsewhere(from, digest);
      if (bytes) blobs.set(digest, bytes);
      return bytes !== undefined;
    },
    deleteTag: (tag) => Promise.resolve(kept.tags.delete(tag)),
    deleteManifest: (digest) => Promise.resolve(removeManifest(kept, digest)),
    deleteBlob: (digest) => Promise.resolve(blobs.delete(digest)),
  };
}

function createMemoryWriter(keep: (digest: Digest, bytes: Uint8Array) => void): MemoryWriter {
  let chunks: Uint8Array[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    get bytes() {
      if (chunks.length !== 1) chunks = [Buffer.concat(chunks)];
      return chunks[0]!;
    },
    set bytes(bytes) {
      chunks = [bytes];
      size = bytes.length;
    },
    write(bytes) {
      chunks.push(Buffer.from(bytes));
      size += bytes.length;
      return Promise.resolve();
    },
    async commit(digest) {
      checkDigest(digest, this.bytes);
      keep(digest, this.bytes);
    },
    async [Symbol.asyncDispose]() {
      chunks = [];
    },
  };
}

function checkDigest(digest: Digest, bytes: Uint8Array): void {
  const hash = createHasher(algorithmOf(digest));
  hash.update(bytes);
  const actual = hash.digest();
  if (actual !== digest) {
    throw new NixociError("DIGEST", `the blob should be ${digest}, but hashes to ${actual}`);
  }
}
