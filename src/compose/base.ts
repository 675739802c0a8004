/** A base image, and what it brings along: its config, its history, and what of its files matters. */
import { type Digest, digestOf } from "../bytes/digest.ts";
import type { KnownBases } from "../cache/known.ts";
import { entryPathOf } from "../flatten/tree/path.ts";
import { mergeLayers } from "../flatten/merge.ts";
import { readConfig } from "../image/documents/load.ts";
import type { Image } from "../image/root.ts";
import type { ConfigJson } from "../image/documents/schemas.ts";
import type { History } from "../plan/mod.ts";
import { findFolderLinks, type FolderLinks } from "./base-links.ts";

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

/** Returns the history of the base, with an entry for each of its layers. */
export function completeHistory({ history }: ConfigJson, layers: number): History[] {
  const entries = (history ?? []).map((entry) => dropNulls(entry) as History);
  const told = entries.filter((entry) => !entry.empty_layer).length;
  // Some tools write none. An entry too few would be taken for the layers above it.
  const untold = Array.from({ length: Math.max(0, layers - told) }, (): History => ({}));
  return [...entries, ...untold];
}

function dropNulls(entry: object): object {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
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
  const keyOf = (what: string) => digestOf(Buffer.from([what, ...diffIds].join()));
  const [pathsKey, linksKey] = [keyOf(storeDir), keyOf("links to folders")];
  const [paths, links] = [await known?.get(pathsKey), await known?.get(linksKey)];
  if (paths !== undefined && links !== undefined) {
    return { storePaths: new Set(paths), links: pairUp(links) };
  }
  const below = `${entryPathOf(storeDir)}/`;
  const tree = await mergeLayers(image, { put() {} }, { signal });
  const found: string[] = [];
  for (const { path } of tree.entries()) {
    if (path.startsWith(below) && !path.includes("/", below.length)) found.push(`/${path}`);
  }
  const folderLinks = findFolderLinks(tree);
  await known?.set(pathsKey, found);
  await known?.set(linksKey, [...folderLinks].flat());
  return { storePaths: new Set(found), links: folderLinks };
}

function pairUp(flat: readonly string[]): Map<string, string> {
  const pairs = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.set(flat[i]!, flat[i + 1]!);
  return pairs;
}
