/** What a base image brings along: its config, its history, and the store paths in its layers. */
import { readConfig } from "../image/load.ts";
import { tarOf } from "../image/layer.ts";
import type { Image } from "../image/root.ts";
import type { ConfigJson } from "../image/schemas.ts";
import { merged } from "../merged.ts";
import type { History } from "../nix/plan/mod.ts";
import { readTar } from "../tar/read.ts";

/** A base image, and where it is. */
export interface Base {
  readonly image: Image;
  /** As `scheme:location`, for plans. */
  readonly reference: string;
}

/** What a base's config says, as far as it concerns what is built on it. */
export async function configOf({ image }: Base): Promise<ConfigJson> {
  return (await readConfig(image.config)).json;
}

/** The history of the base, with an entry for each of its layers. */
export function historyOf({ history }: ConfigJson, layers: number): History[] {
  const entries = (history ?? []).map((entry) => withoutNulls(entry) as History);
  const told = entries.filter((entry) => !entry.empty_layer).length;
  // Some tools write none. An entry too few would be taken for the layers above it.
  const untold = Array.from({ length: Math.max(0, layers - told) }, (): History => ({}));
  return [...entries, ...untold];
}

function withoutNulls(entry: object): object {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
}

/**
 * The store paths that show in the image. Reads its layers, for nothing else says it surely.
 * @throws whatever reading them throws.
 */
export async function storePathsIn(
  { layers }: Image,
  storeDir: string,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const store = storeDir.split("/").filter((part) => part !== "");
  const tree = merged<true>();
  for (const layer of layers) {
    tree.nextLayer();
    for await (const { entry } of readTar(tarOf(layer, signal))) {
      const parts = entry.path.split("/").filter((part) => part !== "" && part !== ".");
      if (concerns(parts, store)) tree.add(entry.path, entry.type === "directory", true);
    }
  }
  const below = `${store.join("/")}/`;
  const found = new Set<string>();
  for (const { path } of tree.entries()) if (path.startsWith(below)) found.add(`/${path}`);
  return found;
}

/** Whether it is a store path, a folder above the store, or hides one of those. */
function concerns(parts: readonly string[], store: readonly string[]): boolean {
  const folder = parts.slice(0, Math.min(parts.length - 1, store.length));
  return parts.length <= store.length + 1 && folder.every((part, i) => part === store[i]);
}
