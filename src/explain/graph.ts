/** Says which store paths of an image refer to which, and finds the chains that lead to one. */
import { hashPartOf } from "../nix/formats/store-path.ts";
import type { PathInfo } from "../nix/formats/path-info.ts";

/** A store path in a graph; facts that nobody says are missing. */
export type GraphPath = Pick<PathInfo, "path" | "references"> & Partial<PathInfo>;

/** The store paths of an image by path, sorted, with what each refers to. */
export type StoreGraph = ReadonlyMap<string, GraphPath>;

/**
 * Makes a graph of paths: sorted, and without references to what is not there, or to itself.
 * @example
 * ```ts
 * import { createStoreGraph } from "nixoci";
 * const path = `/nix/store/${"a".repeat(32)}-hello`;
 * console.log(createStoreGraph([{ path, references: [path] }]).get(path)?.references.length); // 0
 * ```
 */
export function createStoreGraph(infos: Iterable<GraphPath>): StoreGraph {
  const sorted = [...infos].sort((a, b) => a.path < b.path ? -1 : 1);
  const known = new Set(sorted.map(({ path }) => path));
  return new Map(sorted.map((info) => {
    const there = info.references.filter((path) => path !== info.path && known.has(path));
    return [info.path, { ...info, references: [...new Set(there)].sort() }];
  }));
}

/** A store path that is held by the config, or by nothing that is known. */
export interface GraphRoot {
  readonly path: string;
  /** `Entrypoint`, `Env.PATH`; empty where nothing refers to the path. */
  readonly by: readonly string[];
}

/**
 * Finds the roots of a graph: what settings of the config mention, and what nothing else refers to.
 * @param settings by field, as text.
 * @example
 * ```ts
 * import { createStoreGraph, findRoots } from "nixoci";
 * const path = `/nix/store/${"a".repeat(32)}-hello`;
 * const graph = createStoreGraph([{ path, references: [] }]);
 * console.log(findRoots(graph, [["Cmd", `${path}/bin/hello`]])[0]?.by); // [ 'Cmd' ]
 * ```
 */
export function findRoots(
  graph: StoreGraph,
  settings: Iterable<readonly [field: string, text: string]>,
): GraphRoot[] {
  const byHash = new Map([...graph.keys()].map((path) => [hashPartOf(path), path]));
  const roots = new Map<string, string[]>();
  for (const [field, text] of settings) {
    for (const [, hash] of text.matchAll(/\/([0-9a-df-np-sv-z]{32})-/g)) {
      const path = byHash.get(hash!);
      if (path === undefined) continue;
      const fields = roots.get(path) ?? [];
      roots.set(path, fields.includes(field) ? fields : [...fields, field]);
    }
  }
  const needed = new Set([...graph.values()].flatMap(({ references }) => references));
  for (const path of graph.keys()) if (!needed.has(path) && !roots.has(path)) roots.set(path, []);
  return [...roots].map(([path, by]) => ({ path, by }));
}

/** Chains that lead to a store path, each from a root to it. */
export interface Chains {
  /** The shortest first, as many as were asked for. */
  readonly chains: readonly (readonly string[])[];
  /** The number of all that there are. */
  readonly count: bigint;
}

/**
 * Lists the chains of references from the roots to a path: the shortest one first, then others, and
 * how many there are. Takes time for the graph and for what it lists, however many there are.
 * @example
 * ```ts
 * import { createStoreGraph, listChains } from "nixoci";
 * const [app, libc] = ["a", "b"].map((hash) => `/nix/store/${hash.repeat(32)}-${hash}`) as [string, string];
 * const graph = createStoreGraph([
 *   { path: app, references: [libc] },
 *   { path: libc, references: [] },
 * ]);
 * console.log(listChains(graph, [{ path: app, by: [] }], libc, 1).count); // 1n
 * ```
 */
export function listChains(
  graph: StoreGraph,
  roots: readonly GraphRoot[],
  target: string,
  most: number,
): Chains {
  const distances = computeDistances(graph, target);
  const near = (a: string, b: string) => distances.get(a)! - distances.get(b)! || (a < b ? -1 : 1);
  // A root that the config names stands before one that nothing names, however far it is.
  const isNamed = new Map(roots.map(({ path, by }) => [path, by.length > 0]));
  const byName = (a: string, b: string) => Number(isNamed.get(b)) - Number(isNamed.get(a));
  const starts = roots.map(({ path }) => path).filter((path) => distances.has(path))
    .sort((a, b) => byName(a, b) || near(a, b));
  const nextOf = (path: string) =>
    graph.get(path)!.references.filter((next) => distances.has(next)).sort(near);
  const chains: string[][] = [];
  const walk = (chain: string[]): void => {
    const last = chain.at(-1)!;
    if (last === target) return void chains.push(chain);
    for (const next of nextOf(last)) {
      if (chains.length >= most) return;
      if (!chain.includes(next)) walk([...chain, next]);
    }
  };
  for (const start of starts) if (chains.length < most) walk([start]);
  const counts = countChains(graph, target, distances);
  const count = starts.reduce((sum, start) => sum + counts.get(start)!, 0n);
  return { chains, count };
}

/**
 * Finds the shortest chain to each path of a graph: from a root that the config names, where one
 * leads there, else from any. Goes through the graph once, however many paths there are.
 */
export function findShortestChains(
  graph: StoreGraph,
  roots: readonly GraphRoot[],
): Map<string, readonly string[]> {
  const above = new Map<string, string | undefined>();
  for (const isNamed of [true, false]) {
    const starts = roots.filter(({ by }) => by.length > 0 === isNamed).map(({ path }) => path);
    const reached = new Set(starts.filter((path) => !above.has(path)).sort());
    for (const path of reached) if (!above.has(path)) above.set(path, undefined);
    for (const path of reached) { // a set gives what is added while it is gone through
      for (const next of graph.get(path)!.references) {
        if (above.has(next)) continue;
        above.set(next, path);
        reached.add(next);
      }
    }
  }
  return new Map([...above.keys()].map((path) => {
    const chain: string[] = [];
    for (let at: string | undefined = path; at !== undefined; at = above.get(at)) chain.push(at);
    return [path, chain.reverse()];
  }));
}

/** Returns how many references it takes from each path to the target, for those that lead there. */
function computeDistances(graph: StoreGraph, target: string): Map<string, number> {
  const users = usersOf(graph);
  const distances = new Map(graph.has(target) ? [[target, 0]] : []);
  for (const [path, distance] of distances) { // a map gives what is added while it is gone through
    for (const user of users.get(path) ?? []) {
      if (!distances.has(user)) distances.set(user, distance + 1);
    }
  }
  return distances;
}

/** Returns the paths that refer to each path. */
export function usersOf(graph: StoreGraph): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const { path, references } of graph.values()) {
    for (const reference of references) {
      const list = users.get(reference);
      if (list === undefined) users.set(reference, [path]);
      else list.push(path);
    }
  }
  return users;
}

/** Counts the chains from each path to the target. A reference that closes a circle counts none. */
function countChains(
  graph: StoreGraph,
  target: string,
  leading: ReadonlyMap<string, number>,
): Map<string, bigint> {
  const counts = new Map<string, bigint>([[target, 1n]]);
  const open = new Set<string>();
  for (const start of leading.keys()) {
    const stack = [start];
    while (stack.length > 0) {
      const path = stack.at(-1)!;
      const next = graph.get(path)!.references.filter((one) => leading.has(one));
      const missing = counts.has(path)
        ? []
        : next.filter((one) => !counts.has(one) && !open.has(one));
      if (missing.length > 0) {
        open.add(path);
        stack.push(...missing);
        continue;
      }
      stack.pop();
      open.delete(path);
      if (!counts.has(path)) {
        counts.set(path, next.reduce((sum, one) => sum + (counts.get(one) ?? 0n), 0n));
      }
    }
  }
  return counts;
}

/** Returns the bytes of a path and all that it needs, for paths whose sizes are known. */
export function closureSizeOf(graph: StoreGraph, path: string): number {
  const seen = new Set([path]);
  let size = 0;
  for (const one of seen) {
    size += graph.get(one)?.narSize ?? 0;
    for (const reference of graph.get(one)?.references ?? []) seen.add(reference);
  }
  return size;
}
