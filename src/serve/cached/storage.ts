/** A registry's storage that fetches from other registries what it lacks, and keeps it. */
import type { OnNotice } from "../../base/notices.ts";
import type { RegistryStorage, ServedRepository } from "../storage.ts";
import type { CachingLayout } from "./layout.ts";
import { createLastingUpstream } from "./lasting-upstream.ts";
import { createCachedRepository } from "./repository.ts";
import { type CacheSettings, createBlobOwners } from "./settings.ts";
import type { UpstreamRepository } from "./upstream.ts";

/** The registries behind a cache, and the place where it keeps what they gave. */
export interface CacheStorageOptions {
  /** Opens the repository that a name means; `undefined` when it means none. */
  readonly upstream: (repository: string) => Promise<UpstreamRepository | undefined>;
  /** Opens the layout that it is kept in, to be made when something first comes. */
  readonly layout: (repository: string) => Promise<CachingLayout>;
  /** Milliseconds for which a tag is believed without asking again; 60,000 by default. */
  readonly tagTtl?: number;
  /** Milliseconds that a registry gets to answer where an older answer is at hand; 5,000 by default. */
  readonly patience?: number;
  /** Gets what clients need not know: that a registry does not answer, that something is not kept. */
  readonly onNotice?: OnNotice;
  /** Lists the repositories that something is kept of. */
  readonly list?: () => Promise<readonly string[]>;
}

// Repositories that are open at a time: clients may name any number.
const MOST_OPEN = 256;
const MOST_OWNERS = 100_000;

/**
 * Makes a read-only storage over other registries. A manifest or blob is fetched when somebody first asks
 * for it, and once if many do at a time: each of them gets what has come by then, and the rest as it comes.
 * It is kept when its digest is proved. When its registry does not answer, what is kept is served.
 * Disposing of it breaks off what is being fetched.
 * @example
 * ```ts
 * import { createCacheStorage, createUpstream, listTags, openSource } from "nixoci";
 * import { openLayoutRepository, serveRegistry } from "nixoci";
 * const storage = createCacheStorage({
 *   async upstream(repository) {
 *     const name = `docker.io/${repository}`;
 *     const source = await openSource(`registry:${name}`, { registry: { mirrors: false } });
 *     return createUpstream(source, () => listTags(name));
 *   },
 *   layout: async (repository) =>
 *     (await openLayoutRepository(`cache/${repository}`, { make: true }))!,
 * });
 * const registry = await serveRegistry(storage);
 * console.log(`docker pull ${registry.host}/library/alpine`); // docker pull 127.0.0.1:…/library/alpine
 * await registry.stop();
 * await storage[Symbol.asyncDispose]();
 * ```
 */
export function createCacheStorage(
  options: CacheStorageOptions,
): RegistryStorage & AsyncDisposable {
  const { upstream, layout, list, tagTtl = 60_000, patience = 5_000, onNotice } = options;
  const ending = new AbortController();
  const settings: CacheSettings = {
    tagTtl,
    patience,
    signal: ending.signal,
    onNotice: onNotice ?? (() => {}),
    owners: createBlobOwners(MOST_OWNERS),
  };
  const open = new Map<string, Promise<OpenRepository | undefined>>();
  const openRepository = async (name: string): Promise<OpenRepository | undefined> => {
    const found = await upstream(name);
    if (found === undefined) return undefined;
    const of = createLastingUpstream(found);
    try {
      return { of, served: createCachedRepository(of, await layout(name), settings) };
    } catch (error) {
      await of[Symbol.asyncDispose]();
      throw error;
    }
  };
  const close = async (opening: Promise<OpenRepository | undefined>): Promise<void> => {
    await (await opening.catch(() => undefined))?.of[Symbol.asyncDispose]();
  };
  return {
    async findRepository(name) {
      const opening = open.get(name) ?? openRepository(name);
      open.delete(name);
      open.set(name, opening); // the newest is last
      opening.then((found) => found ?? open.delete(name), () => open.delete(name));
      for (const [oldest, its] of open) {
        if (open.size <= MOST_OPEN) break;
        open.delete(oldest);
        void close(its);
      }
      return (await opening)?.served;
    },
    ...(list && { listRepositories: list }),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await Promise.all([...open.values()].map(close));
    },
  };
}

interface OpenRepository {
  readonly of: UpstreamRepository;
  readonly served: ServedRepository;
}
