/** A base image, and what it brings along: its config, its history, and what of its files matters. */
import { type Digest, digestOf } from "../../bytes/digest.ts";
import type { KnownBases } from "../../cache/known.ts";
import { entryPathOf } from "../../flatten/tree/path.ts";
import { mergeLayers } from "../../flatten/merge.ts";
import type { FlatTree } from "../../flatten/types.ts";
import { readConfig } from "../../image/documents/load.ts";
import type { Image } from "../../image/root.ts";
import type { ConfigJson } from "../../image/documents/schemas.ts";
import { findFolderLinks, type FolderLinks } from "../links/base-links.ts";

/** The levels of a base whose files are always known: `/usr/bin` is of the second. */
export const TOP_LEVELS = 2;

/** A base image, and where it is. */
export interface Base {
  readonly image: Image;
  /** As `scheme:location`, for plans. */
  readonly reference: string;
  /** Finds the file that has a blob's bytes, where the image lies in files. */
  fileOf?(digest: Digest): string | undefined;
}

/** Reads the config of a base. */
export async function readBaseConfig({ image }: Base): Promise<ConfigJson> {
  return (await readConfig(image.config)).json;
}

/** The options for reading the files of a base. */
export interface BaseFilesOptions {
  readonly known?: KnownBases | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Files of a base that matter to what is laid over it. */
export interface BaseFiles {
  /** The store paths that show in it. */
  readonly storePaths: ReadonlySet<string>;
  /** Its links to folders. */
  readonly links: FolderLinks;
  /** Types of files by place, of its highest levels: what replaces one may hide much. */
  readonly top: ReadonlyMap<string, string>;
}

/**
 * Reads the files of a base that matter. Reads its layers, for nothing else says it surely; once,
 * where that can be remembered.
 * @throws whatever reading them throws.
 */
export async function readBaseFiles(
  image: Image,
  storeDir: string,
  { known, signal }: BaseFilesOptions = {},
): Promise<BaseFiles> {
  const diffIds = image.layers.map(({ diffId }) => diffId);
  const keys = [storeDir, "links to folders", "top"].map((what) =>
    digestOf(Buffer.from([what, ...diffIds].join()))
  );
  const [paths, links, top] = await Promise.all(keys.map((key) => known?.get(key)));
  if (paths !== undefined && links !== undefined && top !== undefined) {
    return { storePaths: new Set(paths), links: pairUp(links), top: pairUp(top) };
  }
  const tree = await mergeLayers(image, { put() {} }, { signal });
  const found = {
    storePaths: new Set(listStorePaths(tree, storeDir)),
    links: findFolderLinks(tree),
    top: findTop(tree),
  };
  const lists = [[...found.storePaths], [...found.links].flat(), [...found.top].flat()];
  for (const [i, list] of lists.entries()) await known?.set(keys[i]!, list);
  return found;
}

/**
 * Reads the types of what a base has at some places, at any depth. Reads its layers, once, where that can
 * be remembered.
 * @throws whatever reading them throws.
 */
export async function readBaseTypes(
  image: Image,
  places: readonly string[],
  { known, signal }: BaseFilesOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const diffIds = image.layers.map(({ diffId }) => diffId);
  const key = digestOf(Buffer.from(JSON.stringify(["types", places, diffIds])));
  const there = await known?.get(key);
  if (there !== undefined) return pairUp(there);
  const tree = await mergeLayers(image, { put() {} }, { signal });
  const found = new Map(places.flatMap((place) => {
    const entry = tree.find(entryPathOf(place));
    return entry === undefined ? [] : [[place, entry.type] as const];
  }));
  await known?.set(key, [...found].flat());
  return found;
}

/** Returns what reads the files of the base, once, when it is first asked. */
export function createBaseReader(
  image: Image | undefined,
  storeDir: string,
  options: BaseFilesOptions,
): () => Promise<BaseFiles> {
  let files: Promise<BaseFiles> | undefined;
  const none: BaseFiles = { storePaths: new Set(), links: new Map(), top: new Map() };
  return async () => image ? await (files ??= readBaseFiles(image, storeDir, options)) : none;
}

function listStorePaths(tree: FlatTree, storeDir: string): string[] {
  const below = `${entryPathOf(storeDir)}/`;
  return [...tree.entries()].map(({ path }) => path)
    .filter((path) => path.startsWith(below) && !path.includes("/", below.length))
    .map((path) => `/${path}`);
}

function findTop(tree: FlatTree): Map<string, string> {
  const isHigh = (path: string) =>
    path !== "" && path.split("/", TOP_LEVELS + 1).length <= TOP_LEVELS;
  return new Map(
    [...tree.entries()].filter(({ path }) => isHigh(path))
      .map(({ path, type }) => [`/${path}`, type]),
  );
}

function pairUp(flat: readonly string[]): Map<string, string> {
  const pairs = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.set(flat[i]!, flat[i + 1]!);
  return pairs;
}
