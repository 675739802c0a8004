/** Operations that split a graph by its references. */
import { type Graph, selectVertices, subgraphOf } from "../graph.ts";
import type { SplitPoint } from "./arguments.ts";
import type { PipelinePart, PipelineParts } from "./value.ts";

/**
 * Runs `split_paths`: `main` is what only the split points need, `common` what others need too,
 * `rest` everything else; an empty part is left out. When the only root is among the split points,
 * all is `main`; when none of them is there, all is `rest`.
 */
export function splitPaths(points: readonly SplitPoint[], graph: Graph): PipelineParts {
  const split = new Set(points.flatMap((point) => verticesOf(point, graph)));
  if (split.size === 0) return new Map([["rest", graph]]);
  const roots = rootsOf(graph);
  if (roots.length === 1 && split.has(roots[0]!)) return new Map([["main", graph]]);
  const off = findReachable(split, graph.references);
  // From here on nothing refers to a split point, in the parts neither: it matters to who splits on.
  const references = graph.references.map((row) => row.filter((vertex) => !split.has(vertex)));
  const cut: Graph = { ...graph, references };
  const others = findReachable(roots.filter((root) => !split.has(root)), references);
  const where = (holds: (vertex: number) => boolean) => subgraphOf(cut, selectVertices(cut, holds));
  const parts: [PipelinePart, Graph][] = [
    ["main", where((vertex) => off.has(vertex) && !others.has(vertex))],
    ["common", where((vertex) => off.has(vertex) && others.has(vertex))],
    ["rest", where((vertex) => !off.has(vertex))],
  ];
  return new Map(parts.filter(([, { paths }]) => paths.length > 0));
}

/**
 * Runs `subcomponent_out` and `subcomponent_in`: `main` is the paths with all that they need
 * (`out`) or all that needs them (`in`), `rest` everything else. Paths that are not there are
 * passed over.
 */
export function splitSubcomponent(
  mode: "in" | "out",
  paths: readonly string[],
  graph: Graph,
): PipelineParts {
  const edges = mode === "out" ? graph.references : referrersOf(graph);
  const main = findReachable(paths.flatMap((path) => verticesOf(path, graph)), edges);
  return new Map([
    ["main", subgraphOf(graph, selectVertices(graph, (vertex) => main.has(vertex)))],
    ["rest", subgraphOf(graph, selectVertices(graph, (vertex) => !main.has(vertex)))],
  ]);
}

function verticesOf(point: SplitPoint, graph: Graph): readonly number[] {
  if (typeof point !== "string") {
    const parents = point.children_of.flatMap((path) => verticesOf(path, graph));
    return parents.flatMap((vertex) => graph.references[vertex]!);
  }
  const vertex = graph.paths.indexOf(point);
  return vertex < 0 ? [] : [vertex];
}

function rootsOf({ paths, references }: Graph): number[] {
  const needed = new Set(references.flat());
  return [...paths.keys()].filter((vertex) => !needed.has(vertex));
}

function referrersOf({ references }: Graph): number[][] {
  const referrers: number[][] = references.map(() => []);
  references.forEach((row, vertex) => row.forEach((to) => referrers[to]!.push(vertex)));
  return referrers;
}

/** Finds the vertices themselves and all that can be reached from them. */
function findReachable(from: Iterable<number>, edges: readonly (readonly number[])[]): Set<number> {
  const found = new Set(from);
  for (const vertex of found) { // a set is walked through to its end, however it grows
    for (const next of edges[vertex]!) found.add(next);
  }
  return found;
}
