/** Joins bundles until there are few enough, the cheapest first. */
import { type Bundle, computeJoinCost, joinBundles, type Model } from "./model.ts";

/**
 * Joins bundles that stand side by side, in rounds: in each at most every fourth, the cheapest. Good
 * enough for the many small paths of a large closure, and fast.
 */
export function mergeNeighbours(
  bundles: readonly Bundle[],
  atMost: number,
  model: Model,
): Bundle[] {
  let left = [...bundles];
  while (left.length > atMost) {
    const wanted = Math.min(left.length - atMost, Math.ceil(left.length / 4));
    const costs = left.slice(1).map((bundle, i) => computeJoinCost(left[i]!, bundle, model));
    const cheapest = costs.map((_, i) => i).sort((a, b) => costs[a]! - costs[b]! || a - b);
    const joined = new Set<number>(); // the left one of each pair
    for (const i of cheapest) {
      if (joined.size === wanted) break;
      if (!joined.has(i - 1) && !joined.has(i + 1)) joined.add(i);
    }
    left = left.flatMap((bundle, i) =>
      joined.has(i) ? [joinBundles(bundle, left[i + 1]!, model)] : joined.has(i - 1) ? [] : [bundle]
    );
  }
  return left;
}

/** Joins the two bundles that are cheapest to join, and again, comparing each with each. */
export function mergeNearest(bundles: readonly Bundle[], atMost: number, model: Model): Bundle[] {
  if (bundles.length <= atMost) return [...bundles];
  const all: (Bundle | undefined)[] = [...bundles];
  const costs = all.map((a, i) =>
    Float64Array.from(all, (b, j) => j < i ? computeJoinCost(a!, b!, model) : Infinity)
  );
  const cost = (i: number, j: number): number => costs[Math.max(i, j)]![Math.min(i, j)]!;
  const nearestTo = (i: number): number => {
    let nearest = -1;
    for (let j = 0; j < all.length; j++) {
      if (j === i || all[j] === undefined) continue;
      if (nearest < 0 || cost(i, j) < cost(i, nearest)) nearest = j;
    }
    return nearest;
  };
  const nearest = all.map((_, i) => nearestTo(i));
  for (let count = all.length; count > atMost; count--) {
    const into = cheapestOf(nearest, cost);
    const gone = nearest[into]!;
    all[into] = joinBundles(all[into]!, all[gone]!, model);
    all[gone] = undefined;
    nearest[gone] = -1;
    for (let i = 0; i < all.length; i++) {
      if (all[i] === undefined || i === into) continue;
      costs[Math.max(i, into)]![Math.min(i, into)] = computeJoinCost(all[i]!, all[into]!, model);
    }
    for (let i = 0; i < all.length; i++) {
      if (all[i] === undefined) continue;
      const stale = i === into || nearest[i] === into || nearest[i] === gone;
      if (stale) nearest[i] = nearestTo(i);
      else if (cost(i, into) < cost(i, nearest[i]!)) nearest[i] = into;
    }
  }
  return all.filter((bundle) => bundle !== undefined);
}

/** Returns the bundle that has the cheapest neighbour of all; -1 stands for no neighbour. */
function cheapestOf(nearest: readonly number[], cost: (i: number, j: number) => number): number {
  let cheapest = -1;
  nearest.forEach((other, i) => {
    if (other < 0) return;
    if (cheapest < 0 || cost(i, other) < cost(cheapest, nearest[cheapest]!)) cheapest = i;
  });
  return cheapest;
}
