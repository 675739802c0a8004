/** Keeps the layers whose parts go with the image: a plan cannot say how they are made again. */
import { NixociError } from "../base/errors.ts";
import type { Plan, PlanLayer } from "../plan/mod.ts";
import type { BuildResult } from "./build.ts";
import { keepTar } from "./layers/layer-file.ts";

/**
 * Returns the plan of what was built, with a tar in the folder for each layer whose parts go with the
 * image: what a script made, what was unpacked for it.
 * @throws NixociError `USAGE` where there is such a layer and no folder; `IO`, and what opening the
 * layer throws.
 */
export async function keepPassingLayers(
  { plan, image, passing }: Pick<BuildResult, "plan" | "image" | "passing">,
  folder: string | undefined,
): Promise<Plan> {
  if (passing.length === 0) return plan;
  if (folder === undefined) throw createNoFolderError(passing[0]!);
  const layers: PlanLayer[] = [];
  for (const [i, { recipe: _recipe, ...layer }] of plan.layers.entries()) {
    if (!passing.includes(layer.digest)) layers.push(plan.layers[i]!);
    else layers.push({ ...layer, tarball: await keepTar(image.layers[i]!, folder) });
  }
  return { ...plan, layers };
}

function createNoFolderError(digest: string): NixociError {
  const what =
    `the layer ${digest} is made of what a script made or an archive had, and no plan can ` +
    "say how it is made again";
  return new NixociError("USAGE", what, {
    hint: "name a folder for its tar: --tar-directory",
  });
}
