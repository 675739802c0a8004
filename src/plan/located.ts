/** Where the files that a plan names lie. */
import { resolve } from "node:path";
import { rootOf, type StoreRoot } from "../recipe/mod.ts";
import type { PlanLayer } from "./plan.ts";

/** Where a file really lies: those in the store below its root, others below the folder. */
export function located(path: string, folder: string, store: StoreRoot): string {
  return rootOf(path, store) + resolve(folder, path);
}

/**
 * The layers with their tarballs where they really lie: nix2container names some in the store, and
 * others may be beside the plan.
 * @param folder that of the file which describes the layers.
 */
export function tarballsLocated(
  layers: readonly PlanLayer[],
  folder: string,
  store: StoreRoot,
): PlanLayer[] {
  return layers.map((layer) =>
    layer.tarball === undefined
      ? layer
      : { ...layer, tarball: located(layer.tarball, folder, store) }
  );
}
