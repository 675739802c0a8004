/** Moves single paths to bundles where they cost less. */
import { bitsOf, rowOf, walkBits } from "../reach.ts";
import { type Bundle, bundleOf, type Model } from "./model.ts";

/** After a few rounds hardly anything moves any more. */
const ROUNDS = 3;

/** A bundle under change: for each vertex, how many members need it. */
interface BundleDraft {
  readonly members: Set<number>;
  readonly needs: Uint32Array;
  size: number;
  risk: number;
}

/** A path that moves. */
interface MovingPath {
  readonly vertex: number;
  readonly size: number;
  /** Itself and everything that it needs. */
  readonly needs: readonly number[];
}

/** Gives each path, in this order, its chance to move to another bundle; none becomes empty. */
export function improveBundles(
  bundles: readonly Bundle[],
  order: readonly number[],
  model: Model,
): Bundle[] {
  const heaps = bundles.map((bundle) => draftOf(bundle, model));
  const home = new Map(heaps.flatMap((heap) => [...heap.members].map((v) => [v, heap] as const)));
  for (let round = 0, moved = true; round < ROUNDS && moved; round++) {
    moved = false;
    for (const vertex of order) {
      const from = home.get(vertex)!;
      if (from.members.size === 1) continue;
      const path = {
        vertex,
        size: model.sizes[vertex]!,
        needs: bitsOf(rowOf(model.reach, vertex)),
      };
      const to = findBetterDraft(path, from, heaps, model);
      if (to === undefined) continue;
      applyMove(from, path, -1, model);
      applyMove(to, path, 1, model);
      home.set(vertex, to);
      moved = true;
    }
  }
  return heaps.map(({ members }) => bundleOf([...members].sort((a, b) => a - b), model));
}

function draftOf({ members, size, risk }: Bundle, { sizes, reach }: Model): BundleDraft {
  const needs = new Uint32Array(sizes.length);
  for (const member of members) walkBits(rowOf(reach, member), (needed) => needs[needed]!++);
  return { members: new Set(members), needs, size, risk };
}

/** Finds the bundle where the path would save the most, if any. */
function findBetterDraft(
  path: MovingPath,
  from: BundleDraft,
  heaps: readonly BundleDraft[],
  model: Model,
): BundleDraft | undefined {
  const own = path.needs.reduce((sum, needed) => sum + model.volatility[needed]!, 0);
  const riskLeft = from.risk - riskOf(path, from, 1, model);
  let best: BundleDraft | undefined;
  // What rounding alone could bring about is no gain.
  let least = (from.size * from.risk - (from.size - path.size) * riskLeft) * (1 - 1e-9);
  for (const to of heaps) {
    if (to === from) continue;
    const cost = (risk: number): number => (to.size + path.size) * risk - to.size * to.risk;
    if (cost(Math.max(to.risk, own)) >= least) continue; // it can only be more
    const more = cost(to.risk + riskOf(path, to, 0, model));
    if (more < least) [best, least] = [to, more];
  }
  return best;
}

/** Returns the volatility of what the path needs and exactly `count` members of the draft need. */
function riskOf(
  { needs }: MovingPath,
  heap: BundleDraft,
  count: number,
  { volatility }: Model,
): number {
  let risk = 0;
  for (const needed of needs) if (heap.needs[needed] === count) risk += volatility[needed]!;
  return risk;
}

/** Puts the path in (1) or takes it out (-1). */
function applyMove(heap: BundleDraft, path: MovingPath, by: 1 | -1, model: Model): void {
  heap.risk += by * riskOf(path, heap, by === 1 ? 0 : 1, model);
  heap.size += by * path.size;
  for (const needed of path.needs) heap.needs[needed]! += by;
  if (by === 1) heap.members.add(path.vertex);
  else heap.members.delete(path.vertex);
}
