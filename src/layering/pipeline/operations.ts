/**
 * The operations of nixpkgs' `flattenReferencesGraph`, each with the arguments that it takes.
 * @see https://github.com/NixOS/nixpkgs/tree/master/pkgs/by-name/fl/flattenReferencesGraph
 */
import { NixociError } from "../../base/errors.ts";
import { rankByContest } from "../contest.ts";
import { type Graph, mergeGraphs, selectVertices, subgraphOf } from "../graph.ts";
import type { ArgumentKind, ArgumentValues } from "./arguments.ts";
import { splitPaths, splitSubcomponent } from "./split.ts";
import {
  checkGraph,
  checkList,
  checkParts,
  listGraphs,
  type PipelinePart,
  type PipelineStep,
} from "./value.ts";

/** An operation: the kinds of its arguments, and the step that it makes of them. */
interface Operation {
  readonly takes: readonly ArgumentKind[];
  /** `place` begins every message: `layeringPipeline[0]: "over"`. */
  readonly make: (place: string, ...args: never[]) => PipelineStep;
}

function defineOperation<const K extends readonly ArgumentKind[]>(
  takes: K,
  make: (place: string, ...args: { [I in keyof K]: ArgumentValues[K[I]] }) => PipelineStep,
): Operation {
  return { takes, make: make as unknown as Operation["make"] };
}

/** All operations, by their names. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  flatten: defineOperation([], () => listGraphs),
  over: defineOperation(["part", "operation"], changePart),
  pipe: defineOperation(["pipeline"], (_, pipeline) => pipeline),
  map: defineOperation(
    ["operation"],
    (place, step) => (value) => checkList(value, place).map(step),
  ),
  split_every: defineOperation(
    ["count"],
    (place, count) => (value) => splitEvery(count, checkGraph(value, place)),
  ),
  split_paths: defineOperation(
    ["splitPoints"],
    (place, points) => (value) => splitPaths(points, checkGraph(value, place)),
  ),
  limit_layers: defineOperation(["count"], limitLayers),
  remove_paths: defineOperation(
    ["pathOrPaths"],
    (place, paths) => (value) => removePaths(new Set(paths), checkGraph(value, place)),
  ),
  reverse: defineOperation([], (place) => (value) => checkList(value, place).toReversed()),
  subcomponent_in: defineOperation(
    ["paths"],
    (place, paths) => (value) => splitSubcomponent("in", paths, checkGraph(value, place)),
  ),
  subcomponent_out: defineOperation(
    ["paths"],
    (place, paths) => (value) => splitSubcomponent("out", paths, checkGraph(value, place)),
  ),
  popularity_contest: defineOperation(
    [],
    (place) => (value) =>
      rankByContest(checkGraph(value, place)).map((path) => ({ paths: [path], references: [[]] })),
  ),
};

/** Changes one part, and leaves the others as they are. */
function changePart(place: string, part: PipelinePart, step: PipelineStep): PipelineStep {
  return (value) => {
    const parts = checkParts(value, place);
    const there = parts.get(part);
    if (there !== undefined) return new Map(parts).set(part, step(there));
    const given = [...parts.keys()].join(", ");
    throw new NixociError("USAGE", `${place} finds no part "${part}" there, only ${given}`, {
      hint: "split_paths leaves out empty parts: are the paths that it splits at in the image?",
    });
  };
}

/** Keeps the first ones, and merges all others into one, which is there even when it is empty. */
function limitLayers(place: string, count: number): PipelineStep {
  return (value) => {
    const list = checkList(value, place);
    return [...list.slice(0, count - 1), mergeGraphs(listGraphs(list.slice(count - 1)))];
  };
}

function splitEvery(count: number, graph: Graph): Graph[] {
  const vertices = [...graph.paths.keys()];
  const pieces: Graph[] = [];
  for (let start = 0; start < vertices.length; start += count) {
    pieces.push(subgraphOf(graph, vertices.slice(start, start + count)));
  }
  return pieces;
}

function removePaths(paths: ReadonlySet<string>, graph: Graph): Graph {
  return subgraphOf(graph, selectVertices(graph, (vertex) => !paths.has(graph.paths[vertex]!)));
}
