/** Completes the single layer with the image's own store paths. */
import type { LayerDraft } from "../layers/layer-draft.ts";
import type { FilledPart } from "../layers/part-layers.ts";
import type { SpecPaths } from "../paths.ts";
import type { PlacedPaths } from "../placed.ts";
import { appendStore } from "./single-layer.ts";

/** The layers below, as far as it matters. */
interface BelowSingle {
  storePaths(): Promise<ReadonlySet<string>>;
  top?(): Promise<ReadonlyMap<string, string>>;
}

/**
 * Returns the layer with the store paths of the part, which others leave out then.
 * @param below the base; left out where layers of the image have the store's folder already.
 * @throws whatever reading the root throws.
 */
export async function completeSingle(
  layer: LayerDraft,
  { part, named, contents: { closure } }: FilledPart,
  placed: PlacedPaths,
  below: BelowSingle | undefined,
  paths: SpecPaths,
): Promise<LayerDraft> {
  const single = await appendStore(layer, {
    closure,
    named: named.map(({ path }) => path),
    isBelow: (path) => placed.has({ path }, part.at),
    hasStore: async () => below === undefined || await isStoreIn(below, paths),
  }, paths);
  for (const path of single.recipe.paths) placed.add(path, part.at);
  return single;
}

async function isStoreIn(below: BelowSingle, { storeDir }: SpecPaths): Promise<boolean> {
  return (await below.storePaths()).size > 0 || ((await below.top?.())?.has(storeDir) ?? false);
}
