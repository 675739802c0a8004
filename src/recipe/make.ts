/** Makes layers in the place where they are to stay: each once, hashed while it is written. */
import type { NextBuffer } from "../bytes/chunk.ts";
import { mapLimited } from "../bytes/flow/map.ts";
import type { ImageBlob, Layer } from "../image/root.ts";
import type { Sink } from "../image/sink.ts";
import { putUnnamed } from "../image/unnamed.ts";
import { labelOf } from "./label.ts";
import { readOutline } from "./outline.ts";
import type { LayerRecipe } from "./recipe.ts";
import type { StoreRoot } from "./store-root.ts";
import { type LayerSum, streamChunks } from "./sum.ts";
import { sumLayers } from "./sums.ts";
import { writeLayerTar } from "./tar.ts";

/** A place that layers are made in. */
export type LayerPlace = Pick<Sink, "traits" | "has" | "put" | "takeUnnamed">;

/** The surroundings of a layer that is made. */
interface Making {
  readonly into: LayerPlace;
  /** The layers that they stand on. */
  readonly below: readonly Layer[];
  readonly store: StoreRoot;
  readonly signal: AbortSignal | undefined;
  layerOf(recipe: LayerRecipe, sum: LayerSum): Layer;
}

/**
 * Makes the layers that have no sum yet, in their order; where the place keeps them in order, it gets those
 * that have one, too, and before all of them what they stand on.
 * @returns the sums of all. Throws as `sumLayers` does, and what the place throws.
 */
export async function makeLayersIn(
  recipes: readonly LayerRecipe[],
  sums: readonly (LayerSum | undefined)[],
  making: Making,
): Promise<LayerSum[]> {
  const { into, below, layerOf } = making;
  const all: LayerSum[] = [];
  const putLayer = (content: Layer) => into.put({ kind: "layer", content });
  if (into.traits.ordered) await mapLimited(below, into.traits.parallel, putLayer);
  for (const [i, recipe] of recipes.entries()) {
    const known = sums[i];
    if (known !== undefined && into.traits.ordered) await putLayer(layerOf(recipe, known));
    all.push(known ?? await makeLayer(recipe, making));
  }
  return all;
}

/** Makes a layer in the place; where that takes none without a name, it is made once to learn it. */
async function makeLayer(recipe: LayerRecipe, making: Making): Promise<LayerSum> {
  const { into, store, signal, layerOf } = making;
  const nameBlob = (sum: LayerSum) => ({ kind: "layer", content: layerOf(recipe, sum) }) as const;
  const taken = await takeLayer(recipe, making);
  if (taken === undefined) {
    const [sum] = await sumLayers([recipe], store, { signal });
    await into.put(nameBlob(sum!));
    return sum!;
  }
  const put = await putUnnamed(taken.unnamed, streamChunks(taken.write, signal), nameBlob);
  const { digest, size } = put.content.descriptor;
  return { digest, size };
}

/** Begins the layer in the place, which may want to know its size. */
async function takeLayer(recipe: LayerRecipe, { into, store }: Making) {
  const begun = await into.takeUnnamed?.();
  if (begun !== undefined) {
    const name = async (blob: ImageBlob): Promise<void> => {
      // What is there stays: it may be another image's.
      if (!await into.has(blob.content.descriptor)) await begun.name(blob);
    };
    return {
      unnamed: { ...begun, name },
      write: (room: NextBuffer) => writeLayerTar(recipe, store, room),
    };
  }
  const { size, write } = await readOutline(recipe, store);
  const sized = await into.takeUnnamed?.({ size, label: labelOf(recipe, store) });
  return sized && { unnamed: sized, write };
}
