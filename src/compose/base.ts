/** A base image, and what it brings along: its config, its history, and the store paths in its layers. */
import { type Digest, digestOf } from "../bytes/digest.ts";
import type { KnownBases } from "../cache/known.ts";
import { entryPathOf } from "../flatten/path.ts";
import { mergeLayers } from "../flatten/merge.ts";
import { readConfig } from "../image/load.ts";
import type { Image } from "../image/root.ts";
import type { ConfigJson } from "../image/schemas.ts";
import type { History } from "../plan/mod.ts";

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

/**
 * Finds the store paths that show in the image. Reads its layers, for nothing else says it surely;
 * once, where that can be remembered.
 * @throws whatever reading them throws.
 */
export async function findBaseStorePaths(
  image: Image,
  storeDir: string,
  { known, signal }: {
    readonly known?: KnownBases | undefined;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<ReadonlySet<string>> {
  const key = digestOf(Buffer.from([storeDir, ...image.layers.map(({ diffId }) => diffId)].join()));
  const remembered = await known?.get(key);
  if (remembered !== undefined) return new Set(remembered);
  const below = `${entryPathOf(storeDir)}/`;
  const isStorePath = (path: string) => path.startsWith(below) && !path.includes("/", below.length);
  const tree = await mergeLayers(image, { put() {} }, {
    wants: isStorePath,
    signal,
  });
  const found: string[] = [];
  for (const { path } of tree.entries()) if (isStorePath(path)) found.push(`/${path}`);
  await known?.set(key, found);
  return new Set(found);
}
