/** Values that flow through a layering pipeline. */
import { NixociError } from "../../base/errors.ts";
import type { Graph } from "../graph.ts";

/** The parts that splitting makes, in the order in which they become layers. */
export const PARTS = ["main", "common", "rest"] as const;
export type PipelinePart = (typeof PARTS)[number];
export type PipelineParts = ReadonlyMap<PipelinePart, PipelineValue>;

/** A graph becomes a layer in the end; lists and parts are taken apart first. */
type PipelineValue = Graph | PipelineParts | readonly PipelineValue[];

/** One operation with its arguments, ready to be used. */
export type PipelineStep = (value: PipelineValue) => PipelineValue;

const isList = (value: PipelineValue): value is readonly PipelineValue[] => Array.isArray(value);
const isParts = (value: PipelineValue): value is PipelineParts => value instanceof Map;

/** Returns the graphs in a value, in order. */
export function listGraphs(value: PipelineValue): Graph[] {
  if (isList(value)) return value.flatMap(listGraphs);
  return isParts(value) ? [...value.values()].flatMap(listGraphs) : [value as Graph];
}

/**
 * Returns a value that is a graph. @throws NixociError `USAGE` when it is not one: `place` is
 * `layeringPipeline[0]: "…"`.
 */
export function checkGraph(value: PipelineValue, place: string): Graph {
  if (!isList(value) && !isParts(value)) return value as Graph;
  throw mismatchError(place, "one graph", value, "use it with map or over");
}

/** Returns a value that is a list. @throws NixociError `USAGE` when it is not one. */
export function checkList(value: PipelineValue, place: string): readonly PipelineValue[] {
  if (isList(value)) return value;
  const hint = isParts(value) ? "put flatten before it" : "put popularity_contest before it";
  throw mismatchError(place, "a list", value, hint);
}

/**
 * Returns a value that has parts.
 * @throws NixociError `USAGE` when it has none, as split_paths and
 * the like make them.
 */
export function checkParts(value: PipelineValue, place: string): PipelineParts {
  if (isParts(value)) return value;
  throw mismatchError(place, "parts", value, "put split_paths or subcomponent_out before it");
}

function mismatchError(
  place: string,
  wanted: string,
  value: PipelineValue,
  hint: string,
): NixociError {
  return new NixociError(
    "USAGE",
    `${place} works on ${wanted}, but is given ${describeValue(value)}`,
    {
      hint,
    },
  );
}

function describeValue(value: PipelineValue): string {
  if (isList(value)) return "a list";
  return isParts(value) ? `parts (${[...value.keys()].join(", ")})` : "one graph";
}
