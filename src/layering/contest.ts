/**
 * Ranks paths as nixpkgs' popularity contest does: `referencesByPopularity`, and
 * `popularity_contest` of pipelines.
 */
import { type Graph, orderByDependency } from "./graph.ts";
import { compareByNameAndHash } from "./compare.ts";
import { reachabilityOf, rowOf, walkBits } from "./reach.ts";

/**
 * Returns the paths, the most popular first, in dockerTools' order: a path's score is the number of
 * ways that lead from a root to it or to anything that needs it; equals are sorted by name.
 * @see https://grahamc.com/blog/nix-and-layered-docker-images
 */
export function rankByContest(graph: Graph): string[] {
  const ways = countWays(graph);
  const reach = reachabilityOf(graph);
  const scores = graph.paths.map(() => 0n);
  for (let vertex = 0; vertex < ways.length; vertex++) {
    walkBits(rowOf(reach, vertex), (needed) => scores[needed]! += ways[vertex]!);
  }
  const scored = graph.paths.map((path, vertex) => ({ path, score: scores[vertex]! }));
  scored.sort((a, b) =>
    a.score === b.score ? compareByNameAndHash(a.path, b.path) : a.score < b.score ? 1 : -1
  );
  return scored.map(({ path }) => path);
}

/** Counts the ways to each vertex from vertices that nothing refers to. */
function countWays(graph: Graph): bigint[] {
  const ways = graph.paths.map(() => 0n);
  for (const vertex of orderByDependency(graph).reverse()) {
    if (ways[vertex] === 0n) ways[vertex] = 1n; // all that refer to it have been passed: a root
    for (const reference of graph.references[vertex]!) ways[reference]! += ways[vertex]!;
  }
  return ways;
}
