/** Layers that are asked for by name, as nix2container's `layers` are. */
import type { PathInfo } from "../path-info.ts";

/** A layer that somebody has put together, and the layers that it builds on. */
export interface ExplicitLayer<L = unknown> {
  /** What it is to hold, if those below do not hold it already. */
  readonly closure: readonly Pick<PathInfo, "path">[];
  readonly layers?: readonly L[] | undefined;
}

/**
 * All explicit layers in the order in which the image has them, those below first: nix2container's
 * order. One that is below several is there several times; equal layers have equal digests.
 */
export function explicitLayers<L extends ExplicitLayer<L>>(layers: readonly L[] = []): L[] {
  return [...layers.flatMap((layer) => explicitLayers(layer.layers)), ...layers];
}

/**
 * The paths that these layers and all below them hold: what a layer on top of them leaves out.
 * Layers beside each other know nothing of each other, as in nix2container.
 */
export function pathsIn<L extends ExplicitLayer<L>>(layers: readonly L[] = []): Set<string> {
  return new Set(explicitLayers(layers).flatMap(({ closure }) => closure.map(({ path }) => path)));
}
