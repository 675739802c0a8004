/** Keeps the layers that scripts have made: a plan cannot say how they are made again. */
import { NixociError } from "../base/errors.ts";
import type { Plan, PlanLayer } from "../plan/mod.ts";
import type { BuildResult } from "./build.ts";
import { keepTar } from "./layer-file.ts";

/**
 * Returns the plan of what was built, with a tar in the folder for each layer that a script has made.
 * @throws NixociError `USAGE` where there is such a layer and no folder; `IO`, and what opening the
 * layer throws.
 */
export async function keepScriptedLayers(
  { plan, image, scripted }: Pick<BuildResult, "plan" | "image" | "scripted">,
  folder: string | undefined,
): Promise<Plan> {
  if (scripted.length === 0) return plan;
  if (folder === undefined) throw createNoFolderError(scripted[0]!);
  const layers: PlanLayer[] = [];
  for (const [i, { recipe: _recipe, ...layer }] of plan.layers.entries()) {
    if (!scripted.includes(layer.digest)) layers.push(plan.layers[i]!);
    else layers.push({ ...layer, tarball: await keepTar(image.layers[i]!, folder) });
  }
  return { ...plan, layers };
}

function createNoFolderError(digest: string): NixociError {
  const what = `a script has made the layer ${digest}, and no plan can say how it is made again`;
  return new NixociError("USAGE", what, {
    hint: "name a folder for its tar: --tar-directory",
  });
}
