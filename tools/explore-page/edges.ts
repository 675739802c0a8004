/** Finds the arrows of a drawing. */
import type { ExploredPath } from "../../src/explore/data.ts";

/**
 * Lists the arrows between drawn paths, without those that a longer way says already. Paths that are
 * not drawn are passed through.
 */
export function listEdges(
  paths: readonly Pick<ExploredPath, "needs">[],
  drawn: readonly number[],
): [from: number, to: number][] {
  const isDrawn = new Set(drawn);
  const below = new Map<number, ReadonlySet<number>>();
  const under = new Set<number>();
  // All drawn paths that one leads to; a circle, which only a forged image has, ends where it began.
  function findBelow(i: number): ReadonlySet<number> {
    const known = below.get(i);
    if (known !== undefined) return known;
    if (under.has(i)) return new Set();
    under.add(i);
    const found = new Set<number>();
    for (const need of paths[i]!.needs) {
      if (isDrawn.has(need)) found.add(need);
      for (const one of findBelow(need)) found.add(one);
    }
    under.delete(i);
    found.delete(i);
    below.set(i, found);
    return found;
  }
  return drawn.flatMap((from) => {
    const all = findBelow(from);
    const indirect = new Set([...all].flatMap((one) => [...findBelow(one)]));
    return [...all].filter((to) => !indirect.has(to)).map((to): [number, number] => [from, to]);
  });
}
