/** The references of store paths as a graph of numbers, which every strategy works on. */
import { NixociError } from "../base/errors.ts";
import type { Closure } from "../nix/formats/path-info.ts";

/** A directed graph without cycles. A vertex is an index into `paths`. */
export interface Graph {
  readonly paths: readonly string[];
  /** For each vertex, the vertices that it refers to: ascending, each once, itself never. */
  readonly references: readonly (readonly number[])[];
}

/**
 * Returns the closure as a graph, its vertices in the closure's order.
 * @throws NixociError `INCOMPLETE` when a path refers to one that is not there, `MALFORMED` when a
 * path is there twice.
 */
export function graphOf(closure: Closure): Graph {
  const vertexOf = new Map(closure.map(({ path }, vertex) => [path, vertex]));
  if (vertexOf.size < closure.length) throw duplicateError(closure, vertexOf);
  const references = closure.map(({ path, references }) => {
    const vertices = new Set<number>();
    for (const reference of references) {
      const vertex = vertexOf.get(reference);
      if (vertex === undefined) {
        const message = `Cannot make layers of the closure: ${path} refers to ${reference}, ` +
          "which is not in it";
        throw new NixociError("INCOMPLETE", message);
      }
      if (reference !== path) vertices.add(vertex);
    }
    return [...vertices].sort((a, b) => a - b);
  });
  return { paths: closure.map(({ path }) => path), references };
}

/**
 * Returns all vertices, each after those that it refers to: depth first, lower vertices first.
 * @throws NixociError `MALFORMED` when paths refer to each other in a circle.
 */
export function orderByDependency({ paths, references }: Graph): number[] {
  const order: number[] = [];
  const state = new Uint8Array(paths.length); // 0 not seen, 1 under way, 2 done
  const next = new Uint32Array(paths.length); // the reference to follow next
  for (let root = 0; root < paths.length; root++) {
    const stack = state[root] === 0 ? [root] : [];
    while (stack.length > 0) {
      const vertex = stack.at(-1)!;
      state[vertex] = 1;
      const reference = references[vertex]![next[vertex]!++];
      if (reference === undefined) {
        state[vertex] = 2;
        order.push(vertex);
        stack.pop();
      } else if (state[reference] === 0) stack.push(reference);
      else if (state[reference] === 1) {
        throw circleError(paths, stack.slice(stack.indexOf(reference)));
      }
    }
  }
  return order;
}

function circleError(paths: readonly string[], vertices: readonly number[]): NixociError {
  const names = [...vertices, vertices[0]!].map((vertex) => paths[vertex]).join(" -> ");
  return new NixociError(
    "MALFORMED",
    `Cannot make layers of the closure: it goes round in a circle, ${names}`,
  );
}

function duplicateError(closure: Closure, vertexOf: ReadonlyMap<string, number>): NixociError {
  const { path } = closure.find(({ path }, vertex) => vertexOf.get(path) !== vertex)!;
  const message = `Cannot make layers of the closure: ${path} is in it twice`;
  return new NixociError("MALFORMED", message);
}

/** Returns the graph of some of the vertices, which are in ascending order. */
export function subgraphOf(graph: Graph, vertices: readonly number[]): Graph {
  const renamed = new Map(vertices.map((vertex, index) => [vertex, index]));
  return {
    paths: vertices.map((vertex) => graph.paths[vertex]!),
    references: vertices.map((vertex) =>
      graph.references[vertex]!.flatMap((reference) => renamed.get(reference) ?? [])
    ),
  };
}

/** Returns the vertices that a condition holds for, in ascending order. */
export function selectVertices(graph: Graph, holds: (vertex: number) => boolean): number[] {
  return [...graph.paths.keys()].filter(holds);
}

/** Puts graphs side by side in one: nothing of one refers to anything of another. */
export function mergeGraphs(graphs: readonly Graph[]): Graph {
  const paths: string[] = [];
  const references: number[][] = [];
  for (const graph of graphs) {
    const shift = paths.length;
    for (const path of graph.paths) paths.push(path);
    for (const row of graph.references) references.push(row.map((vertex) => vertex + shift));
  }
  return { paths, references };
}
