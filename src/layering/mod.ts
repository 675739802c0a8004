/**
 * Distributes store paths over layers: from a closure to lists of paths, nothing read from disk.
 * @module
 */
import type { Closure } from "../nix/formats/path-info.ts";
import { autoLayersOf } from "./auto.ts";
import { rankByContest } from "./contest.ts";
import { graphOf } from "./graph.ts";
import { followingLayersOf, type LayerHistory } from "./history.ts";
import { checkMaxLayers, cutIntoLayers, omitPaths } from "./limit.ts";
import { type Pipeline, runPipeline } from "./pipeline/mod.ts";
import { rankByPopularity } from "./popularity.ts";
import { sizeAwareLayersOf } from "./size-aware/mod.ts";

export { computeMove } from "./history.ts";
export type { LayerHistory, LayeringMove } from "./history.ts";
export type { Pipeline } from "./pipeline/mod.ts";

/**
 * A way to distribute store paths:
 * - `popularity`: the most popular paths have a layer each, the last layer has the rest;
 *   nix2container's order.
 * - `popularity-contest`: the same in the order that dockerTools had before nixpkgs 25.05.
 * - `auto`: dockerTools' `dockerAutoLayer`: the largest paths, and the rest by which of them need it.
 * - `size-aware`: as few bytes as possible move when something changes.
 */
export type Strategy = (typeof STRATEGIES)[number];

export const STRATEGIES = ["popularity", "popularity-contest", "auto", "size-aware"] as const;

/** Options for layering. */
export type LayeringOptions =
  & {
    /** Paths that are in other layers: of the base image, or explicit ones. */
    readonly exclude?: ReadonlySet<string>;
  }
  & ({
    readonly strategy: Strategy;
    /** The most layers, for these paths alone; see `countLayersLeft`. */
    readonly maxLayers: number;
  } | {
    /** The layers of an earlier image: those that can stay as they are do. */
    readonly history: LayerHistory;
    readonly maxLayers: number;
  } | {
    /** nixpkgs' `layeringPipeline`; it decides the number of layers. */
    readonly pipeline: Pipeline;
  });

/**
 * Distributes a closure over layers: each path that is not excluded is in one of them, once (unless
 * a pipeline removes it). No layer is empty. Order matters, of layers and of paths in them.
 *
 * Two tools' strategies take the closure's order for part of the input, as those tools do, where
 * paths are equally popular or equally large. A closure that is sorted by path is what Nix gives
 * them. `size-aware` makes the same layers whatever the order.
 *
 * @throws NixociError `USAGE` for an invalid number of layers or pipeline, naming the place in it;
 * `INCOMPLETE` when a path refers to one that is not there; `MALFORMED` when paths refer to each
 * other in a circle.
 * @example
 * ```ts
 * import { layersOf } from "nixoci";
 *
 * const layers = layersOf([
 *   { path: "/nix/store/0a-libc", narSize: 10, references: [] },
 *   { path: "/nix/store/1b-bash", narSize: 2, references: ["/nix/store/0a-libc"] },
 *   { path: "/nix/store/2c-app", narSize: 1, references: ["/nix/store/1b-bash"] },
 * ], { strategy: "popularity", maxLayers: 2 });
 * console.log(layers[0]?.join()); // /nix/store/0a-libc
 * console.log(layers[1]?.join()); // /nix/store/1b-bash,/nix/store/2c-app
 * ```
 */
export function layersOf(
  closure: Closure,
  options: LayeringOptions,
): readonly (readonly string[])[] {
  const { exclude = new Set() } = options;
  if ("pipeline" in options) return runPipeline(omitPaths(closure, exclude), options.pipeline);
  const { maxLayers } = options;
  checkMaxLayers(maxLayers);
  if ("history" in options) {
    return followingLayersOf(omitPaths(closure, exclude), maxLayers, options.history);
  }
  const { strategy } = options;
  const left = (paths: readonly string[]) => paths.filter((path) => !exclude.has(path));
  switch (strategy) {
    case "popularity": // it sorts first, and excludes then
      return cutIntoLayers(left(rankByPopularity(closure)), maxLayers);
    case "popularity-contest":
      return cutIntoLayers(rankByContest(graphOf(omitPaths(closure, exclude))), maxLayers);
    case "auto": // it counts layers first, and excludes then
      return autoLayersOf(closure, maxLayers).map(left).filter((paths) => paths.length > 0);
    case "size-aware":
      return sizeAwareLayersOf(omitPaths(closure, exclude), maxLayers);
  }
}
