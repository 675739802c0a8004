/** Finds store paths in the images of repositories. */
import { reasonOf } from "../../base/errors.ts";
import { CLOSURE_TYPE } from "../../explain/closure.ts";
import type { OnNotice } from "../../base/notices.ts";
import { content } from "../../image/content.ts";
import { hashPartOf } from "../../nix/formats/store-path.ts";
import type { PathDescription } from "../../nix/description/path-description.ts";
import type { PathInfo } from "../../nix/formats/path-info.ts";
import type { RegistryStorage } from "../storage.ts";
import { readImageNar } from "./image-nar.ts";
import { type ImagePaths, readImagePaths } from "./image-paths.ts";
import type { HashedPath } from "./narinfo.ts";
import type { CachedPath, NixCacheOptions } from "./pages.ts";

/** The images whose store paths can be had, and who else knows of them. */
export interface NixCatalogOptions {
  /** Lists the repositories that are looked through. */
  readonly list: () => Promise<readonly string[]>;
  readonly find: RegistryStorage["findRepository"];
  /** Says what a store, or a description, knows of a path, for images without a closure beside them. */
  readonly lookUp?: (hash: string) => Promise<PathInfo | undefined>;
  readonly onNotice?: OnNotice;
  /** Milliseconds after which it looks again at what there is; 5,000 by default. */
  readonly stale?: number;
}

// Images and closures that have come or gone since are seen so many milliseconds later.
const STALE = 5_000;

/**
 * Makes what finds a path in the images that have names. A path is there if an image has it, and its
 * closure says its hash: attached to the image as `CLOSURE_TYPE`, or looked up.
 * @example
 * ```ts
 * import { createMemoryStorage, createNixCache, createNixCatalog, serveRegistry } from "nixoci";
 * const storage = createMemoryStorage();
 * const find = createNixCatalog({ find: storage.findRepository, list: async () => ["app"] });
 * const registry = await serveRegistry(storage, { around: createNixCache({ find }) });
 * console.log((await fetch(`${registry.url}/${"a".repeat(32)}.narinfo`)).status); // 404
 * await registry.stop();
 * ```
 */
export function createNixCatalog(
  { list, find, lookUp, onNotice, stale = STALE }: NixCatalogOptions,
): NixCacheOptions["find"] {
  let images = new Map<string, readonly ImagePaths[]>();
  let read = -Infinity;
  let reading: Promise<void> | undefined;
  const failures = new Map<string, string>();
  const orTell = async (name: string, read: () => Promise<void>): Promise<void> => {
    try {
      await read();
      failures.delete(name);
    } catch (error) {
      const message = `${name} is not in the Nix cache: ${reasonOf(error)}`;
      if (failures.get(name) !== message) onNotice?.({ code: "LEFT_OUT", message });
      failures.set(name, message); // it is told once, and tried again
    }
  };
  const readRepository = async (name: string, into: typeof images): Promise<void> => {
    const repository = await find(name);
    for (const tag of await repository?.listTags() ?? []) {
      const image = `${name}:${tag}`;
      await orTell(image, async () => {
        const manifest = await repository!.findManifest(tag);
        if (manifest === undefined) return;
        const key = `${name}@${manifest.descriptor.digest}`;
        const known = images.get(key);
        const paths = known !== undefined && !await isAnyOutdated(known)
          ? known
          : await readImagePaths(repository!, manifest);
        into.set(key, paths);
        if (!images.has(key)) await tellUndescribed(image, paths);
      });
    }
  };
  const tellUndescribed = async (name: string, all: readonly ImagePaths[]): Promise<void> => {
    for (const { told, described } of all) {
      const [first] = told ?? [];
      if (first === undefined || described.length > 0 || await lookUp?.(hashPartOf(first))) {
        continue;
      }
      const message = `${name} has ${told!.size} store paths that nothing describes: ` +
        `attach its closure, as nix path-info --json -r prints it, with the type ${CLOSURE_TYPE}`;
      onNotice?.({ code: "LEFT_OUT", message });
    }
  };
  const readAll = async (): Promise<void> => {
    const found: typeof images = new Map();
    for (const name of await list()) {
      await orTell(name, () => readRepository(name, found));
    }
    images = found;
    read = performance.now();
  };
  const refresh = (): Promise<void> => reading ??= readAll().finally(() => reading = undefined);
  const findNow = async (hash: string): Promise<CachedPath | undefined> => {
    const known = await lookUp?.(hash);
    for (const image of [...images.values()].flat()) {
      const info = findHashed(image, hash, known);
      const layers = info === undefined ? [] : image.layersOf(info.path);
      if (info !== undefined && layers.length > 0) return createCachedPath(info, layers);
    }
    return undefined;
  };
  return async (hash) => {
    const found = await findNow(hash);
    if (performance.now() - read < stale) return found;
    const refreshing = refresh();
    if (found !== undefined) return found; // the next one sees what has gone since
    await refreshing;
    return await findNow(hash);
  };
}

async function isAnyOutdated(images: readonly ImagePaths[]): Promise<boolean> {
  return (await Promise.all(images.map((one) => one.isOutdated()))).includes(true);
}

/** Finds what is known of a path that the image has. */
function findHashed(
  { told, described }: ImagePaths,
  hash: string,
  known: PathInfo | undefined,
): HashedPath | undefined {
  const own = described.find(({ path }) => hashPartOf(path) === hash);
  const info: PathDescription | undefined = own ??
    (known && told?.has(known.path) ? known : undefined);
  if (info?.narSize === undefined || !info.narHash?.startsWith("sha256:")) return undefined;
  const references = [...new Set(info.references)].sort();
  return { ...info, narHash: info.narHash, narSize: info.narSize, references };
}

function createCachedPath(info: HashedPath, layers: CachedLayers): CachedPath {
  const descriptor = { mediaType: NAR, digest: info.narHash, size: info.narSize };
  return { info, nar: content(descriptor, () => readImageNar(layers, info.path)) };
}

type CachedLayers = Parameters<typeof readImageNar>[0];

const NAR = "application/x-nix-nar";
