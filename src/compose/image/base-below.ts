/** The image below, as a plan of what stands on it has that. */
import { completeHistory } from "../../image/config/history.ts";
import type { ConfigJson } from "../../image/documents/schemas.ts";
import type { History, PlanLayer, PlannedLayer } from "../../plan/mod.ts";
import { planLayerOf } from "../../plan/plan.ts";
import type { RecipeLayer } from "../../recipe/mod.ts";
import { type Base, readBaseConfig } from "../base/base.ts";

/** A base as a plan has it: its config, its layers, its history. */
export interface BaseBelow {
  readonly config: ConfigJson;
  readonly layers: readonly PlanLayer[];
  readonly history: readonly History[];
  readonly reference: string;
}

/** Reads a base as a plan has it. Throws as {@link readBaseConfig} does. */
export async function readBaseBelow(base: Base): Promise<BaseBelow> {
  const config = await readBaseConfig(base);
  const { layers } = base.image;
  const history = completeHistory(config, layers.length);
  const told = history.filter((entry) => !entry.empty_layer);
  return {
    config,
    layers: layers.map((layer, i) =>
      planLayerOf(layer, { ...originOf(layer, base), history: told[i] })
    ),
    history,
    reference: base.reference,
  };
}

/**
 * Returns where a layer of the base is from, so that nix2container can read the plan: store paths,
 * where the base is an image of those, or a file. Other layers are where the base is.
 */
function originOf(layer: PlannedLayer | RecipeLayer, base: Base): Partial<PlanLayer> {
  if ("recipe" in layer) return { recipe: layer.recipe };
  const tarball = layer.tarball ?? base.fileOf?.(layer.descriptor.digest);
  return tarball === undefined ? {} : { tarball };
}
