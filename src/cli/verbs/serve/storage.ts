/** The repositories of `nixoci serve`: each from its source, the others from a folder of layouts. */
import { stat } from "node:fs/promises";
import type { EvictionCounts } from "../../../../transports/oci-dir/eviction/mod.ts";
import {
  type LayoutRepository,
  openLayoutRepository,
} from "../../../../transports/oci-dir/repository/mod.ts";
import { openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { filePathOf, isPipePlace } from "../../../../transports/reference.ts";
import { locationKindOf } from "../../../../transports/list.ts";
import { disposeAll } from "../../../base/dispose.ts";
import { NixociError, reasonOf, wrapError } from "../../../base/errors.ts";
import { stampOf } from "../../../bytes/disk/stamp.ts";
import { sourceOf } from "../../../compose/source.ts";
import { readSpecWith } from "../../../compose/spec/flags.ts";
import type { Source } from "../../../image/source.ts";
import {
  createLayoutStorage,
  createSourceStorage,
  type RegistryStorage,
  type SourceStorage,
} from "../../../serve/mod.ts";
import { buildImage } from "../../spec/image.ts";
import { type CacheWords, createServedCache } from "./cache.ts";
import { findLayouts, layoutPathOf } from "./layouts.ts";
import {
  isWholeRegistry,
  type NamedRegistry,
  type NamedRepository,
  type NamedSource,
} from "./names.ts";

/** A storage, and how it is let go of. */
export interface ServedStorage extends RegistryStorage, AsyncDisposable {
  listRepositories(): Promise<readonly string[]>;
  /** Lists those that no other registry has to be asked about. */
  listOwn(): Promise<readonly string[]>;
  /** The registries that are served whole, and their names here. */
  readonly registries: readonly NamedRegistry[];
  /** The bytes in the cache, and what has gone from it, where that is bounded. */
  readonly cache: EvictionCounts | undefined;
}

/** The things to serve, and whether they may change. */
export interface StorageWords {
  readonly sources: readonly NamedSource[];
  /** The folder whose layouts are the other repositories. */
  readonly layouts: string | undefined;
  readonly isWritable: boolean;
  /** The place where what other registries give is kept, if they are served. */
  readonly cache: CacheWords | undefined;
}

/** Makes the storage. What a source cannot be is found out when somebody asks for it. */
export function createServedStorage(words: StorageWords, options: TransportOptions): ServedStorage {
  const cached = words.sources.filter((source) => isCached(source, words));
  const own = new Map(
    words.sources.flatMap((source) =>
      isWholeRegistry(source) || cached.includes(source) ? [] : [[source.repository, source]]
    ),
  );
  const folders = createFolderStorage(words, own);
  const cache = words.cache && createServedCache(cached, words.cache, options);
  const others = createSourceStorage(async (name) => {
    const source = own.get(name);
    return source && await openNamed(source, options);
  });
  const refresh = createRefresher(others);
  const listOwn = async () => [...new Set([...own.keys(), ...await folders.listRepositories!()])];
  return {
    async findRepository(name) {
      const source = own.get(name);
      if (source === undefined || layoutOf(source)) {
        return await folders.findRepository(name) ?? await cache?.findRepository(name);
      }
      await refresh(source);
      return await others.findRepository(name);
    },
    ...(folders.makeRepository && {
      async makeRepository(name: string) {
        return await folders.makeRepository!(name);
      },
    }),
    listOwn,
    listRepositories: async () => [
      ...new Set([...await listOwn(), ...await cache?.listRepositories?.() ?? []]),
    ],
    registries: cached.filter(isWholeRegistry),
    cache: cache?.counts,
    [Symbol.asyncDispose]: () => disposeAll([others, cache]),
  };
}

/** Tells whether a source is asked through the cache: a registry, or a repository of one. */
function isCached(source: NamedSource, { cache }: StorageWords): boolean {
  return isWholeRegistry(source) ||
    cache !== undefined && source.kind === "place" && source.place.scheme === "registry";
}

/** Makes the storage of those repositories that are layouts. */
function createFolderStorage(
  { layouts, isWritable }: StorageWords,
  own: ReadonlyMap<string, NamedSource>,
): RegistryStorage {
  const pathOf = (name: string): string | undefined => {
    const source = own.get(name);
    if (source !== undefined) return layoutOf(source);
    return layouts === undefined ? undefined : layoutPathOf(layouts, name);
  };
  const open = async (name: string, make: boolean): Promise<LayoutRepository | undefined> => {
    const path = pathOf(name);
    return path === undefined ? undefined : await openLayoutRepository(path, { make });
  };
  return createLayoutStorage({
    open: (name) => open(name, false),
    ...(isWritable && { make: (name: string) => open(name, true) }),
    list: async () => layouts === undefined ? [] : await findLayouts(layouts),
  });
}

/** Returns the folder of a source that is a whole layout. */
function layoutOf(source: NamedSource): string | undefined {
  if (source.kind !== "place" || source.place.scheme !== "oci-dir") return undefined;
  return /[:@]/.test(source.place.location) ? undefined : source.place.location;
}

/**
 * Finds out before anybody comes that a source is not there.
 * @throws NixociError `NOT_FOUND`, `EXISTS` and `UNSUPPORTED` for a folder that is not a layout of ours.
 */
export async function checkSources({ sources, isWritable }: StorageWords): Promise<void> {
  for (const source of sources) {
    const [layout, path] = [layoutOf(source), fileOf(source)];
    if (layout !== undefined) {
      if (await openLayoutRepository(layout, { make: isWritable }) !== undefined) continue;
      throw new NixociError("NOT_FOUND", `${layout} is not an OCI layout`, {
        hint: "name another folder, or give --write to have one made there",
      });
    }
    if (path === undefined) continue;
    await stat(path).catch((error) => {
      throw wrapError(error, `Cannot read ${path}`);
    });
  }
}

async function openNamed(source: NamedRepository, options: TransportOptions): Promise<Source> {
  try {
    return await (source.kind === "place"
      ? openSource(source.place, options)
      : buildSpec(source.path, options));
  } catch (error) {
    // The repository is there; what it is made of is not, and clients are told.
    throw new NixociError("INCOMPLETE", reasonOf(error), { cause: error });
  }
}

async function buildSpec(path: string, { signal, ...options }: TransportOptions): Promise<Source> {
  const { onNotice } = options;
  const asked = await readSpecWith(path, {}, {
    ...(signal && { signal }),
    ...(onNotice && { onNotice }),
  });
  return sourceOf(await buildImage(asked, options));
}

/** Makes what has a source opened again when its file is another one than it was. */
function createRefresher(storage: SourceStorage): (source: NamedSource) => Promise<void> {
  const stamps = new Map<string, string>();
  return async (source) => {
    const path = fileOf(source);
    if (path === undefined) return;
    const stamp = await stat(path, { bigint: true }).then((stats) => stampOf(stats).text, () => "");
    if (stamps.get(source.repository) !== stamp) storage.refresh(source.repository);
    stamps.set(source.repository, stamp);
  };
}

/** Returns the file or folder that a source is read from, if it is one. */
function fileOf(source: NamedSource): string | undefined {
  if (source.kind === "spec") return source.path;
  if (isWholeRegistry(source)) return undefined;
  const { place } = source;
  if (isPipePlace(place) || locationKindOf(place.scheme) !== "path") return undefined;
  return filePathOf(place);
}
