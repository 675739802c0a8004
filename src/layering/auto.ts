/**
 * Layers as nixpkgs' `dockerAutoLayer` does: large paths first, the rest by the paths that need
 * them.
 */
import type { Closure } from "../nix/formats/path-info.ts";
import { graphOf } from "./graph.ts";
import { compareByName } from "./compare.ts";
import { hashSet, hashText, orderAsPythonSet } from "./python-set.ts";
import { addRow, canReach, type Reachability, reachabilityOf, rowOf, sumOf } from "./reach.ts";

/** The group of each vertex; a group is known by the primaries that need its members. */
interface LayerSplit {
  readonly groups: readonly (readonly number[])[];
  readonly groupOf: Int32Array;
}

/**
 * Returns the layers that dockerAutoLayer makes. One path after the other, the largest first,
 * becomes a primary, until there would be more layers than allowed. Paths that the same primaries
 * need are a layer; a primary that another one needs counts in the other's place. Layers are
 * ordered by the size of what they need with them, equal ones as Python has them in a set; paths by
 * name. Of paths of the same size the last is first a primary.
 * @throws NixociError `INCOMPLETE` or `MALFORMED` when the closure is not one.
 */
export function autoLayersOf(closure: Closure, maxLayers: number): string[][] {
  const reach = reachabilityOf(graphOf(closure));
  let split: LayerSplit = { groups: [[]], groupOf: new Int32Array(closure.length) };
  for (const primary of sortLargestFirst(closure)) {
    const next = addPrimary(split, primary, reach);
    if (next.groups.length > maxLayers) break;
    split = next;
  }
  return layersOfSplit(split, closure, reach);
}

function sortLargestFirst(closure: Closure): number[] {
  const ascending = closure.map((_, vertex) => vertex)
    .sort((a, b) => closure[a]!.narSize - closure[b]!.narSize);
  return ascending.reverse();
}

/** Adds a primary to a split: it and all that it needs are grouped anew. */
function addPrimary(
  { groups, groupOf }: LayerSplit,
  primary: number,
  reach: Reachability,
): LayerSplit {
  const next: (readonly number[])[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (primaries: readonly number[]): number => {
    const key = primaries.join();
    if (!numbers.has(key)) numbers.set(key, next.push(primaries) - 1);
    return numbers.get(key)!;
  };
  const staying = new Map<number, number>(); // from a group's old number to its new one
  const needed = new Map<number, number>(); // the same for members that the primary needs
  const own = numberOf([primary]);
  const renumbered = groupOf.map((group, vertex) => {
    if (vertex === primary) return own;
    const moves = canReach(reach, primary, vertex);
    const known = moves ? needed : staying;
    let number = known.get(group);
    if (number === undefined) {
      const primaries = groups[group]!;
      known.set(
        group,
        number = numberOf(moves ? joinPrimary(primaries, primary, reach) : primaries),
      );
    }
    return number;
  });
  return { groups: next, groupOf: renumbered };
}

/** Adds a primary to those that need something, unless it needs that by way of another of them. */
function joinPrimary(primaries: readonly number[], primary: number, reach: Reachability): number[] {
  const others = primaries.filter((other) => !canReach(reach, other, primary));
  if (others.some((other) => canReach(reach, primary, other))) return others;
  return [...others, primary].sort((a, b) => a - b);
}

function layersOfSplit(
  { groups, groupOf }: LayerSplit,
  closure: Closure,
  reach: Reachability,
): string[][] {
  const layers = groups.map(() => ({
    paths: [] as string[],
    needs: new Uint32Array(reach.words),
  }));
  groupOf.forEach((group, vertex) => {
    layers[group]!.paths.push(closure[vertex]!.path);
    addRow(layers[group]!.needs, rowOf(reach, vertex));
  });
  const sizes = closure.map(({ narSize }) => narSize);
  return orderGroups(groups, groupOf, closure)
    .map((group) => layers[group]!)
    .map(({ paths, needs }) => ({ paths: paths.sort(compareByName), size: sumOf(needs, sizes) }))
    .sort((a, b) => a.size - b.size)
    .map(({ paths }) => paths);
}

/** Orders groups as the set is in which auto-layer.py has them: in it as paths first meet them. */
function orderGroups(
  groups: LayerSplit["groups"],
  groupOf: LayerSplit["groupOf"],
  closure: Closure,
): number[] {
  const met = [...new Set(groupOf)];
  const hashes = met.map((group) =>
    hashSet(groups[group]!.map((vertex) => hashText(closure[vertex]!.path)))
  );
  return orderAsPythonSet(hashes).map((place) => met[place]!);
}
