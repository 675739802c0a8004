/** Reads how the store paths of an image are layered, so that another image can follow it. */
import type { OnNotice } from "../base/notices.ts";
import { entryPathOf } from "../flatten/tree/path.ts";
import { readConfig } from "../image/documents/load.ts";
import type { Image } from "../image/root.ts";
import type { LayerHistory } from "../layering/mod.ts";
import { readLayerFiles } from "./files.ts";
import { findStorePathAt } from "./store-place.ts";
import { toldLayersOf } from "./recorded.ts";

/**
 * Reads the store paths of each layer of an image, lowest first, in the layer's order: what the
 * image itself says, or, where it says nothing of any layer, what is in the layers.
 * @throws what reading throws.
 * @example
 * ```ts
 * import { openSource, readLayerHistory, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * console.log(await readLayerHistory(await resolveImage(source))); // [ [] ]
 * ```
 */
export async function readLayerHistory(
  image: Image,
  { onNotice, signal }: {
    readonly onNotice?: OnNotice | undefined;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<LayerHistory> {
  const { json: config } = await readConfig(image.config);
  const told = toldLayersOf(image.layers, config).map(({ storePaths }) => storePaths);
  if (told.some((paths) => paths !== undefined)) return told.map((paths = []) => paths);
  if (image.layers.length > 0) onNotice?.({ code: "SLOW", message: UNTOLD });
  const found = image.layers.map(() => new Set<string>());
  await readLayerFiles(image, {
    onMember({ entry, layer }) {
      const path = findStorePathAt(`/${entryPathOf(entry.path)}`);
      if (path !== undefined) found[layer - 1]!.add(path);
    },
    signal,
  });
  return found.map((paths) => [...paths]);
}

const UNTOLD = "the image that is followed does not say which store paths are in its layers: " +
  "they are read";
