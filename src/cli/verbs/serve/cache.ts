/** The repositories of other registries that `nixoci serve --cache` stands before. */
import {
  createBlobEvictor,
  type EvictionCounts,
} from "../../../../transports/oci-dir/eviction/mod.ts";
import { openLayoutRepository } from "../../../../transports/oci-dir/repository/mod.ts";
import { openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { makeImagePlace } from "../../../../transports/reference.ts";
import { listTags } from "../../../../transports/registry/mod.ts";
import { disposeAll } from "../../../base/dispose.ts";
import { type ImageReference, parseReference } from "../../../image/reference.ts";
import {
  createCacheStorage,
  createUpstream,
  type FindMirrored,
  type RegistryStorage,
  type UpstreamRepository,
} from "../../../serve/mod.ts";
import { findLayouts, layoutPathOf } from "./layouts.ts";
import { isWholeRegistry, type NamedRegistry, type NamedSource } from "./names.ts";

/** The folder of a cache, and what decides on it. */
export interface CacheWords {
  readonly folder: string;
  /** Milliseconds. */
  readonly tagTtl: number;
  /** The most bytes in the folder; any number without it. */
  readonly bytes: number | undefined;
}

/** The storage of a cache, and how full it is, where that is bounded. */
export interface ServedCache extends RegistryStorage, AsyncDisposable {
  readonly counts: EvictionCounts | undefined;
}

// A registry that does not answer at once is asked once more, while a client waits.
const RETRIES = 1;

/** Makes the storage. Its repositories have the names that the words give them. */
export function createServedCache(
  sources: readonly NamedSource[],
  { folder, tagTtl, bytes }: CacheWords,
  options: TransportOptions,
): ServedCache {
  const { onNotice } = options;
  const noticing = { ...(onNotice && { onNotice }) };
  const evictor = bytes === undefined
    ? undefined
    : createBlobEvictor({ folder, bytes, ...noticing });
  const registry = { retry: RETRIES, ...options.registry, mirrors: false };
  const find = createNameFinder(sources);
  const storage = createCacheStorage({
    async upstream(name) {
      const image = find(name);
      return image && await openUpstream(image, { ...options, registry });
    },
    async layout(name) {
      const path = layoutPathOf(folder, folderOf(find(name)!));
      const layout = (await openLayoutRepository(path, { make: true }))!;
      return evictor?.watchLayout(layout) ?? layout;
    },
    list: async () => {
      const kept = new Set(await findLayouts(folder));
      return listNames(sources, kept);
    },
    tagTtl,
    ...noticing,
  });
  return {
    ...storage,
    counts: evictor?.counts,
    [Symbol.asyncDispose]: () => disposeAll([storage, evictor]),
  };
}

async function openUpstream(
  { host, repository }: ImageReference,
  options: TransportOptions,
): Promise<UpstreamRepository> {
  const source = await openSource(makeImagePlace({ host, repository }), options);
  return createUpstream(source, () => listTags({ host, repository }, options));
}

/** Makes what finds the repository that a name means, by the longest name that fits. */
function createNameFinder(
  sources: readonly NamedSource[],
): (name: string) => ImageReference | undefined {
  const longestFirst = sources.toSorted((a, b) => b.repository.length - a.repository.length);
  return (name) => {
    for (const source of longestFirst) {
      if (isWholeRegistry(source)) {
        const start = startOf(source);
        if (name.length <= start.length || !name.startsWith(start)) continue;
        return parseReference(`${source.host}/${source.path}${name.slice(start.length)}`);
      }
      if (name === source.repository) {
        return source.kind === "place" ? source.place.image : undefined;
      }
    }
    return undefined;
  };
}

/** Makes what finds the name here of a repository of a registry that is served whole. */
export function createMirrorFinder(registries: readonly NamedRegistry[]): FindMirrored {
  const whole = registries.toSorted((a, b) => b.path.length - a.path.length);
  return (host, repository) => {
    const found = whole.find((one) =>
      one.host === host.toLowerCase() && repository.startsWith(one.path)
    );
    return found && startOf(found) + repository.slice(found.path.length);
  };
}

function listNames(sources: readonly NamedSource[], kept: ReadonlySet<string>): string[] {
  return sources.flatMap((source) => {
    if (source.kind === "place") return [source.repository];
    if (source.kind !== "registry") return [];
    const start = `${hostFolderOf(source.host)}/${source.path}`;
    return [...kept].filter((name) => name.startsWith(start))
      .map((name) => startOf(source) + name.slice(start.length));
  });
}

function startOf({ repository }: NamedRegistry): string {
  return repository === "" ? "" : `${repository}/`;
}

function folderOf({ host, repository }: ImageReference): string {
  return `${hostFolderOf(host)}/${repository}`;
}

/** Returns the name of a host as a folder's: a port's colon would end the path of a layout. */
function hostFolderOf(host: string): string {
  return host.toLowerCase().replace(/[^a-z0-9.-]/g, "_");
}
