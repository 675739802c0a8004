/** Moves single paths to bundles where they cost less. */
import { forEachBit, rowOf } from "../reach.ts";
import { type Bundle, bundleOf, type Model } from "./model.ts";

/** After a few rounds hardly anything moves any more. */
const ROUNDS = 3;

/** A bundle under change: for each vertex, how many members need it. */
interface Heap {
  readonly members: Set<number>;
  readonly needs: Uint32Array;
  size: number;
  risk: number;
}

/** The bundles after each path, in this order, has had its chance to move; none becomes empty. */
export function improve(
  bundles: readonly Bundle[],
  order: readonly number[],
  model: Model,
): Bundle[] {
  const heaps = bundles.map((bundle) => heapOf(bundle, model));
  const home = new Map(heaps.flatMap((heap) => [...heap.members].map((v) => [v, heap] as const)));
  for (let round = 0, moved = true; round < ROUNDS && moved; round++) {
    moved = false;
    for (const vertex of order) {
      const from = home.get(vertex)!;
      if (from.members.size === 1) continue;
      const to = betterHeap(vertex, from, heaps, model);
      if (to === undefined) continue;
      change(from, vertex, -1, model);
      change(to, vertex, 1, model);
      home.set(vertex, to);
      moved = true;
    }
  }
  return heaps.map(({ members }) => bundleOf([...members].sort((a, b) => a - b), model));
}

function heapOf({ members, size, risk }: Bundle, { sizes, reach }: Model): Heap {
  const needs = new Uint32Array(sizes.length);
  for (const member of members) forEachBit(rowOf(reach, member), (needed) => needs[needed]!++);
  return { members: new Set(members), needs, size, risk };
}

/** Where the vertex would save the most, or nowhere. */
function betterHeap(
  vertex: number,
  from: Heap,
  heaps: readonly Heap[],
  model: Model,
): Heap | undefined {
  const size = model.sizes[vertex]!;
  const own = riskOf(vertex, 0, undefined, model);
  const riskLeft = from.risk - riskOf(vertex, 1, from, model);
  let best: Heap | undefined;
  // What rounding alone could bring about is no gain.
  let least = (from.size * from.risk - (from.size - size) * riskLeft) * (1 - 1e-9);
  for (const to of heaps) {
    if (to === from) continue;
    const cost = (risk: number): number => (to.size + size) * risk - to.size * to.risk;
    if (cost(Math.max(to.risk, own)) >= least) continue; // it can only be more
    const more = cost(to.risk + riskOf(vertex, 0, to, model));
    if (more < least) [best, least] = [to, more];
  }
  return best;
}

/** The volatility of what the vertex needs and exactly `count` members of the heap need. */
function riskOf(vertex: number, count: number, heap: Heap | undefined, model: Model): number {
  let risk = 0;
  forEachBit(rowOf(model.reach, vertex), (needed) => {
    if (heap === undefined || heap.needs[needed] === count) risk += model.volatility[needed]!;
  });
  return risk;
}

/** Puts the vertex in (1) or takes it out (-1). */
function change(heap: Heap, vertex: number, by: 1 | -1, model: Model): void {
  heap.risk += by * riskOf(vertex, by === 1 ? 0 : 1, heap, model);
  heap.size += by * model.sizes[vertex]!;
  forEachBit(rowOf(model.reach, vertex), (needed) => heap.needs[needed]! += by);
  if (by === 1) heap.members.add(vertex);
  else heap.members.delete(vertex);
}
