/** The places of the files that a plan names. */
import { resolve } from "node:path";
import { diskRootOf, type StoreRoot } from "../recipe/store-root.ts";
import type { PlanLayer } from "./plan.ts";

/** Returns where a file really lies: in the store below its root, else below the folder. */
export function locateFile(path: string, folder: string, store: StoreRoot): string {
  return diskRootOf(path, store) + resolve(folder, path);
}

/**
 * Returns the layers with their tarballs where they really lie: nix2container names some in the store, and
 * others may be beside the plan.
 * @param folder that of the file which describes the layers.
 */
export function locateTarballs(
  layers: readonly PlanLayer[],
  folder: string,
  store: StoreRoot,
): PlanLayer[] {
  return layers.map((layer) =>
    layer.tarball === undefined
      ? layer
      : { ...layer, tarball: locateFile(layer.tarball, folder, store) }
  );
}
