/** Makes the layers of an image anew, with other members. */
import { useResources } from "../../base/dispose.ts";
import type { Digest } from "../../bytes/digest.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { writeArchive } from "../../flatten/archive.ts";
import { mergeLayers } from "../../flatten/merge.ts";
import { createSpool } from "../../flatten/spool.ts";
import type { FlatEntry, FlatTree } from "../../flatten/types.ts";
import type { Image, Layer } from "../../image/root.ts";
import type { StepContext } from "../../image/step.ts";
import { packLayerTar } from "./pack-layer-tar.ts";

/** The change of a layer's members. */
export interface LayerRewrite {
  /** Returns the members that the layer is to have, whiteouts among them. */
  select(entries: Iterable<FlatEntry>): Iterable<FlatEntry>;
  /** Tells whether a layer has to be made anew; every one by default. */
  concerns?(entries: Iterable<FlatEntry>): boolean;
  /** The time of all members, in nanoseconds since 1970; left out, each keeps its own. */
  readonly mtime?: bigint;
}

/** Creates a function that makes layers anew, each once. One that comes out as it was stays. */
export function createLayerRewriter(rewrite: LayerRewrite, context: StepContext) {
  const made = new Map<Digest, Promise<Layer>>();
  return async (image: Image): Promise<Layer[]> => {
    const layers: Layer[] = [];
    for (const layer of image.layers) {
      const { digest } = layer.descriptor;
      const making = made.get(digest) ?? rewriteLayer(layer, image, rewrite, context);
      made.set(digest, making);
      layers.push(await making);
    }
    return layers;
  };
}

async function rewriteLayer(
  layer: Layer,
  image: Image,
  { select, concerns, mtime }: LayerRewrite,
  context: StepContext,
): Promise<Layer> {
  const { scratch, signal, onNotice, watch = (content) => content } = context;
  return await useResources(async (hold) => {
    const store = hold(createSpool(scratch));
    const options = { layer: 1, onNotice, signal };
    const tree = await mergeLayers({ layers: [watch(layer)] }, store, options);
    if (concerns?.(listDescribed(tree)) === false) return layer;
    const tar = async function* (): ByteStream {
      const changed = { ...tree, entries: () => select(listDescribed(tree)) };
      yield* writeArchive(changed, store.read, mtime === undefined ? {} : { mtime }, signal);
      await store.verify();
    };
    const made = await packLayerTar(tar(), { ...image, layers: [layer] }, context);
    return made.diffId === layer.diffId ? layer : made;
  });
}

/** Lists the entries without directories that the layer does not describe. */
function* listDescribed(tree: FlatTree): Iterable<FlatEntry> {
  for (const entry of tree.entries()) if (entry.file !== 0) yield entry;
}
