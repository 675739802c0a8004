/** Computes what it costs to have paths in one layer. */
import { addRow, type Reachability, rowOf, sumOf, walkBits } from "../reach.ts";

/** The closure in numbers. */
export interface Model {
  /** Bytes of each path. */
  readonly sizes: readonly number[];
  /** The probability that it is this path that changes, when one does. */
  readonly volatility: Float64Array;
  readonly reach: Reachability;
}

/** Paths that are to be in one layer. */
export interface Bundle {
  readonly members: readonly number[];
  /** Of all members together, in bytes. */
  readonly size: number;
  /** A bit for everything that any member needs, members included. */
  readonly needs: Uint32Array;
  /** The probability that one of those changes, and the whole bundle has to move. */
  readonly risk: number;
}

/** Returns the model of a closure whose vertices have these sizes. */
export function modelOf(sizes: readonly number[], reach: Reachability): Model {
  const users = new Float64Array(sizes.length);
  for (let vertex = 0; vertex < sizes.length; vertex++) {
    walkBits(rowOf(reach, vertex), (needed) => users[needed]! += 1);
  }
  const rarity = users.map((count) => 1 / count);
  const all = rarity.reduce((sum, value) => sum + value, 0);
  return {
    sizes,
    volatility: rarity.map((value) => (1 / sizes.length + value / all) / 2),
    reach,
  };
}

/** Returns the bundle of these vertices. */
export function bundleOf(members: readonly number[], { sizes, volatility, reach }: Model): Bundle {
  const needs = new Uint32Array(reach.words);
  let size = 0;
  for (const vertex of members) {
    addRow(needs, rowOf(reach, vertex));
    size += sizes[vertex]!;
  }
  return { members, size, needs, risk: sumOf(needs, volatility) };
}

/** Joins two bundles. */
export function joinBundles(a: Bundle, b: Bundle, model: Model): Bundle {
  const needs = a.needs.slice();
  addRow(needs, b.needs);
  return {
    members: [...a.members, ...b.members].sort((x, y) => x - y),
    size: a.size + b.size,
    needs,
    risk: jointRiskOf(a, b, model),
  };
}

/** Returns how many bytes more a change moves, on average, when both are in one layer. */
export function computeJoinCost(a: Bundle, b: Bundle, model: Model): number {
  return (a.size + b.size) * jointRiskOf(a, b, model) - a.size * a.risk - b.size * b.risk;
}

/** Returns the risk of both together: that of the riskier, and of what only the other needs. */
function jointRiskOf(a: Bundle, b: Bundle, { volatility }: Model): number {
  const [more, less] = a.risk >= b.risk ? [a, b] : [b, a];
  let risk = more.risk;
  for (let word = 0; word < less.needs.length; word++) {
    for (let rest = less.needs[word]! & ~more.needs[word]!; rest !== 0; rest &= rest - 1) {
      risk += volatility[word * 32 + 31 - Math.clz32(rest & -rest)]!;
    }
  }
  return risk;
}
