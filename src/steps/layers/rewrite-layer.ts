/** Makes the layers of an image anew, with other members. */
import { ownResources, useResources } from "../../base/dispose.ts";
import type { Digest } from "../../bytes/digest.ts";
import { streamFrom } from "../../bytes/pour.ts";
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
  const openTree = (of: Layer) =>
    ownResources(async (hold) => {
      const store = hold(createSpool(scratch));
      const tree = await mergeLayers({ layers: [of] }, store, { layer: 1, onNotice, signal });
      return { tree, store };
    });
  const writeTar = async function* ({ tree, store }: OpenTree): ByteStream {
    const changed = { ...tree, entries: () => select(listDescribed(tree)) };
    yield* writeArchive(changed, store.read, mtime === undefined ? {} : { mtime }, signal);
    await store.verify();
  };
  return await useResources(async (hold) => {
    const opened = hold(await openTree(watch(layer)));
    if (concerns?.(listDescribed(opened.tree)) === false) return layer;
    const made = await packLayerTar(
      {
        open: (isFirst) => isFirst ? writeTar(opened) : streamFrom(() => openTree(layer), writeTar),
        isWanted: (diffId) => diffId !== layer.diffId,
      },
      { ...image, layers: [layer] },
      context,
    );
    return made ?? layer;
  });
}

/** The members of a layer, and the bytes of its files. */
interface OpenTree {
  readonly tree: FlatTree;
  readonly store: ReturnType<typeof createSpool>;
}

/** Lists the entries without directories that the layer does not describe. */
function* listDescribed(tree: FlatTree): Iterable<FlatEntry> {
  for (const entry of tree.entries()) if (entry.file !== 0) yield entry;
}
