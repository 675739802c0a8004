/** What flows through a layering pipeline. */
import { NixociError } from "../../base/errors.ts";
import type { Graph } from "../graph.ts";

/** The parts that splitting makes, in the order in which they become layers. */
export const PARTS = ["main", "common", "rest"] as const;
export type Part = (typeof PARTS)[number];
export type Parts = ReadonlyMap<Part, Value>;

/** A graph becomes a layer in the end; lists and parts are taken apart first. */
type Value = Graph | Parts | readonly Value[];

/** One operation with its arguments, ready to be used. */
export type Step = (value: Value) => Value;

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
const isParts = (value: Value): value is Parts => value instanceof Map;

/** The graphs in it, in order. */
export function graphsIn(value: Value): Graph[] {
  if (isList(value)) return value.flatMap(graphsIn);
  return isParts(value) ? [...value.values()].flatMap(graphsIn) : [value as Graph];
}

/** @throws NixociError `USAGE` when it is not a graph: `place` is `layeringPipeline[0]: "…"`. */
export function asGraph(value: Value, place: string): Graph {
  if (!isList(value) && !isParts(value)) return value as Graph;
  throw mismatch(place, "one graph", value, "use it with map or over");
}

/** @throws NixociError `USAGE` when it is not a list. */
export function asList(value: Value, place: string): readonly Value[] {
  if (isList(value)) return value;
  const hint = isParts(value) ? "put flatten before it" : "put popularity_contest before it";
  throw mismatch(place, "a list", value, hint);
}

/** @throws NixociError `USAGE` when it is not what split_paths and the like give. */
export function asParts(value: Value, place: string): Parts {
  if (isParts(value)) return value;
  throw mismatch(place, "parts", value, "put split_paths or subcomponent_out before it");
}

function mismatch(place: string, wanted: string, value: Value, hint: string): NixociError {
  return new NixociError("USAGE", `${place} works on ${wanted}, but is given ${what(value)}`, {
    hint,
  });
}

function what(value: Value): string {
  if (isList(value)) return "a list";
  return isParts(value) ? `parts (${[...value.keys()].join(", ")})` : "one graph";
}
