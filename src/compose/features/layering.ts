/** `layering` and `layeringPipeline`: how paths are grouped into layers. */
import { type Pipeline, STRATEGIES, type Strategy } from "../../layering/mod.ts";
import { checkPipeline } from "../../layering/pipeline/mod.ts";
import type { LayerStyle } from "../../recipe/mod.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineChoiceFlag } from "./flag.ts";

/**
 * The strategy of each style, where nobody says another.
 * @see https://github.com/NixOS/nixpkgs/pull/355189 (dockerTools' popularity contest before it)
 */
export const DEFAULT_LAYERING: Readonly<Record<LayerStyle, Strategy>> = {
  dockertools: "auto",
  nix2container: "popularity",
};

export const layering = defineFeature((is: Kinds) => ({
  layering: is.field(
    is.oneOf(STRATEGIES, `must be ${STRATEGIES.join(", ")}`),
    "How paths are grouped into layers: popularity (nix2container's), auto (dockerTools'), " +
      "popularity-contest (dockerTools' before nixpkgs 25.05), size-aware (as few bytes as possible move when something changes)",
  ),
  layeringPipeline: is.field(
    is.list(is.anything, "must be a list of operations"),
    "How paths are grouped into layers, as nixpkgs' layeringPipeline; maxLayers is ignored then",
  ),
}), {
  // What is wrong with a pipeline is said here below, with the place in it.
  published: (is) => ({
    layeringPipeline: is.field(
      is.pipeline,
      "How paths are grouped into layers, as nixpkgs' layeringPipeline",
    ),
  }),
  flags: {
    layering: defineChoiceFlag(
      STRATEGIES,
      { summary: "How paths are grouped into layers; by default as the style has it" },
      (layering) => ({ layering }),
    ),
  },
  add: ({ layering, layeringPipeline }, { style }) => ({
    strategy: layering ?? DEFAULT_LAYERING[style],
    pipeline: layeringPipeline ? readPipeline(layeringPipeline) : undefined,
  }),
});

/** @throws NixociError `USAGE` with the place in the pipeline that is wrong. */
function readPipeline(pipeline: readonly unknown[]): Pipeline {
  checkPipeline(pipeline);
  return pipeline as Pipeline;
}
