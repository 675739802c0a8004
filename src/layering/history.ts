/**
 * Layers that follow those of an image that is there already: what has not changed stays in the
 * layers that have it, so that nothing of it moves.
 */
import type { Closure } from "../nix/formats/path-info.ts";
import { sizeAwareLayersOf } from "./size-aware/mod.ts";

/** The store paths of each layer of an earlier image, lowest first, in the layers' own order. */
export type LayerHistory = readonly (readonly string[])[];

/**
 * Makes at most `maxLayers` layers. Layers of the history whose paths are all in the closure are
 * kept as they are, in their order; the rest comes above them, grouped as `size-aware` does. Where
 * no layer would be left for the rest, the smallest ones of the history go.
 *
 * The same closure and history make the same layers, whatever the closure's order.
 * @throws NixociError `INCOMPLETE` or `MALFORMED` for what is not a closure.
 */
export function followingLayersOf(
  closure: Closure,
  maxLayers: number,
  history: LayerHistory,
): string[][] {
  const sizes = new Map(closure.map(({ path, narSize }) => [path, narSize]));
  const kept = keepLayers(history, sizes, maxLayers);
  const staying = new Set(kept.flat());
  const rest = new Set(closure.map(({ path }) => path).filter((path) => !staying.has(path)));
  if (rest.size === 0) return kept;
  return [...kept, ...sizeAwareLayersOf(closure, maxLayers - kept.length, rest)];
}

/** Keeps the layers that can stay, all but the smallest where there are too many of them. */
function keepLayers(
  history: LayerHistory,
  sizes: ReadonlyMap<string, number>,
  maxLayers: number,
): string[][] {
  const taken = new Set<string>();
  const whole = history.filter((layer) => {
    const canStay = layer.length > 0 && new Set(layer).size === layer.length &&
      layer.every((path) => sizes.has(path) && !taken.has(path));
    if (canStay) { for (const path of layer) taken.add(path); }
    return canStay;
  });
  const isAll = taken.size === sizes.size;
  const most = isAll ? maxLayers : maxLayers - 1;
  if (whole.length <= most) return whole.map((layer) => [...layer]);
  const sizeOf = (layer: readonly string[]) =>
    layer.reduce((sum, path) => sum + sizes.get(path)!, 0);
  const largest = whole.map((layer, i) => ({ i, size: sizeOf(layer) }))
    .sort((a, b) => b.size - a.size || a.i - b.i)
    .slice(0, maxLayers - 1);
  const staying = new Set(largest.map(({ i }) => i));
  return whole.filter((_, i) => staying.has(i)).map((layer) => [...layer]);
}

/** The layers that stay, and the bytes that move, when an image gets other layers. */
export interface LayeringMove {
  /** The number of layers. */
  readonly layers: number;
  /** The number of those that the history has. */
  readonly kept: number;
  /** Bytes of the store paths in the others, as NARs. */
  readonly bytes: number;
}

/**
 * Computes what a push of these layers would move, where the layers of the history are there.
 * @param sizes bytes of each path.
 * @example
 * ```ts
 * import { computeMove } from "nixoci";
 * const sizes = new Map([["/nix/store/0a-libc", 10], ["/nix/store/1b-app", 2]]);
 * const layers = [["/nix/store/0a-libc"], ["/nix/store/1b-app"]];
 * console.log(computeMove(layers, [["/nix/store/0a-libc"]], sizes).bytes); // 2
 * ```
 */
export function computeMove(
  layers: readonly (readonly string[])[],
  history: LayerHistory,
  sizes: ReadonlyMap<string, number>,
): LayeringMove {
  const there = new Set(history.map((layer) => layer.toSorted().join()));
  const moving = layers.filter((layer) => !there.has(layer.toSorted().join()));
  return {
    layers: layers.length,
    kept: layers.length - moving.length,
    bytes: moving.flat().reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0),
  };
}
