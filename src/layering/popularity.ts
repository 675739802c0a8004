/** Ranks paths as nix2container does: by how many ways lead to them. */
import type { Closure, PathInfo } from "../nix/formats/path-info.ts";
import { graphOf, orderByDependency } from "./graph.ts";

/**
 * Returns the paths, the most popular first, in nix2container's order: a path's score is one more
 * than the scores of all that refer to it together; of equals that comes first which is first
 * mentioned last, as itself or as a reference. So the closure's order is part of the input, as it
 * is there (Nix exports closures sorted by path).
 * @throws NixociError `INCOMPLETE` or `MALFORMED` for what is not a closure.
 * @see https://github.com/nlewo/nix2container/blob/master/closure/popularity.go
 */
export function rankByPopularity(closure: Closure): string[] {
  const graph = graphOf(orderAsMet(closure));
  const order = orderByDependency(graph).reverse();
  // 64 bits that wrap round, as Go's: there are closures with more ways than that.
  const scores = new BigInt64Array(graph.paths.length).fill(1n);
  for (const vertex of order) {
    for (const reference of graph.references[vertex]!) scores[reference]! += scores[vertex]!;
  }
  return order
    .sort((a, b) => scores[a] === scores[b] ? b - a : scores[a]! < scores[b]! ? 1 : -1)
    .map((vertex) => graph.paths[vertex]!);
}

/** Orders the closure as its paths are first mentioned, as themselves or as references. */
function orderAsMet(closure: Closure): PathInfo[] {
  const infos = new Map(closure.map((info) => [info.path, info]));
  const met = new Set<PathInfo>();
  for (const info of closure) {
    met.add(info);
    for (const reference of info.references) {
      const referred = infos.get(reference);
      if (referred !== undefined) met.add(referred); // graphOf complains of those that are not there
    }
  }
  return [...met];
}
