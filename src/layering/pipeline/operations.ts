/**
 * The operations of nixpkgs' `flattenReferencesGraph`, each with the arguments that it takes.
 * @see https://github.com/NixOS/nixpkgs/tree/master/pkgs/by-name/fl/flattenReferencesGraph
 */
import { NixociError } from "../../base/errors.ts";
import { popularityContest } from "../contest.ts";
import { type Graph, induced, union, verticesWhere } from "../graph.ts";
import type { Arguments, Kind } from "./arguments.ts";
import { splitPaths, subcomponent } from "./split.ts";
import { asGraph, asList, asParts, graphsIn, type Part, type Step } from "./value.ts";

/** An operation: the kinds of its arguments, and what it is once it has them. */
interface Operation {
  readonly takes: readonly Kind[];
  /** `place` begins every message: `layeringPipeline[0]: "over"`. */
  readonly make: (place: string, ...args: never[]) => Step;
}

function operation<const K extends readonly Kind[]>(
  takes: K,
  make: (place: string, ...args: { [I in keyof K]: Arguments[K[I]] }) => Step,
): Operation {
  return { takes, make: make as unknown as Operation["make"] };
}

/** All operations, by their names. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  flatten: operation([], () => graphsIn),
  over: operation(["part", "operation"], over),
  pipe: operation(["pipeline"], (_, pipeline) => pipeline),
  map: operation(["operation"], (place, step) => (value) => asList(value, place).map(step)),
  split_every: operation(
    ["count"],
    (place, count) => (value) => splitEvery(count, asGraph(value, place)),
  ),
  split_paths: operation(
    ["splitPoints"],
    (place, points) => (value) => splitPaths(points, asGraph(value, place)),
  ),
  limit_layers: operation(["count"], limitLayers),
  remove_paths: operation(
    ["pathOrPaths"],
    (place, paths) => (value) => removePaths(new Set(paths), asGraph(value, place)),
  ),
  reverse: operation([], (place) => (value) => asList(value, place).toReversed()),
  subcomponent_in: operation(
    ["paths"],
    (place, paths) => (value) => subcomponent("in", paths, asGraph(value, place)),
  ),
  subcomponent_out: operation(
    ["paths"],
    (place, paths) => (value) => subcomponent("out", paths, asGraph(value, place)),
  ),
  popularity_contest: operation(
    [],
    (place) => (value) =>
      popularityContest(asGraph(value, place)).map((path) => ({ paths: [path], references: [[]] })),
  ),
};

/** Changes one part, and leaves the others as they are. */
function over(place: string, part: Part, step: Step): Step {
  return (value) => {
    const parts = asParts(value, place);
    const there = parts.get(part);
    if (there !== undefined) return new Map(parts).set(part, step(there));
    const given = [...parts.keys()].join(", ");
    throw new NixociError("USAGE", `${place} finds no part "${part}" there, only ${given}`, {
      hint: "split_paths leaves out empty parts: are the paths that it splits at in the image?",
    });
  };
}

/** The first ones, and all others merged into one; that one is there even when it is empty. */
function limitLayers(place: string, count: number): Step {
  return (value) => {
    const list = asList(value, place);
    return [...list.slice(0, count - 1), union(graphsIn(list.slice(count - 1)))];
  };
}

function splitEvery(count: number, graph: Graph): Graph[] {
  const vertices = [...graph.paths.keys()];
  const pieces: Graph[] = [];
  for (let start = 0; start < vertices.length; start += count) {
    pieces.push(induced(graph, vertices.slice(start, start + count)));
  }
  return pieces;
}

function removePaths(paths: ReadonlySet<string>, graph: Graph): Graph {
  return induced(graph, verticesWhere(graph, (vertex) => !paths.has(graph.paths[vertex]!)));
}
