/** Reads which store paths an image has, and how large they are. */
import { readConfig } from "../image/documents/load.ts";
import type { Image } from "../image/root.ts";
import { readLayerFiles } from "./files.ts";
import type { ImageGraphOptions } from "./image-graph.ts";
import { readKnownGraph } from "./known-graph.ts";
import { listToldPaths, toldLayersOf } from "./recorded.ts";
import type { StorePathSize } from "./store-diff.ts";

/**
 * Reads the store paths of an image, sorted, with their sizes: from what the image says of its layers
 * and a store that knows those paths, where there is both; else from the layers.
 * @throws what reading throws.
 * @example
 * ```ts
 * import { openSource, readStorePaths, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * console.log(await readStorePaths(await resolveImage(source))); // []
 * ```
 */
export async function readStorePaths(
  image: Image,
  { store, scan = false, signal }: ImageGraphOptions = {},
): Promise<StorePathSize[]> {
  const { json: config } = await readConfig(image.config);
  const told = toldLayersOf(image.layers, config);
  const known = scan ? undefined : await readKnownGraph(listToldPaths(told), store);
  if (known !== undefined) {
    return [...known.graph.values()].map(({ path, narSize }) =>
      narSize === undefined ? { path } : { path, size: narSize }
    );
  }
  const { storePaths } = await readLayerFiles(image, { signal });
  return storePaths.map(({ path, size }) => ({ path, size }));
}
