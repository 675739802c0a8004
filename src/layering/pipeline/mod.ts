/**
 * Runs dockerTools' `layeringPipeline`: operations that take a closure apart, one after the other.
 */
import { NixociError } from "../../base/errors.ts";
import { findNearest } from "../../base/nearest.ts";
import type { Closure } from "../../nix/formats/path-info.ts";
import { graphOf } from "../graph.ts";
import {
  argumentError,
  type ArgumentKind,
  type ArgumentValues,
  KINDS,
  PARSERS,
  shortenValue,
} from "./arguments.ts";
import { OPERATIONS } from "./operations.ts";
import { listGraphs, type PipelineStep } from "./value.ts";

/** A pipeline as JSON: a list of operations, each `[name, ...arguments]`. */
export type Pipeline = readonly (readonly [operation: string, ...args: unknown[]])[];

/** The name of a pipeline in messages, and its place in a SPEC. */
const PLACE = "layeringPipeline";

/**
 * Makes layers of a closure with a pipeline, as nixpkgs' `dockerMakeLayers` does. Paths go in by
 * size, the smallest first; among those of one size, the closure's order stays.
 * @throws NixociError `USAGE` naming the place in the pipeline that is wrong.
 */
export function runPipeline(closure: Closure, pipeline: Pipeline): string[][] {
  const run = checkPipeline(pipeline);
  const graph = graphOf(closure.toSorted((a, b) => a.narSize - b.narSize));
  return listGraphs(run(graph)).map(({ paths }) => [...paths]).filter(({ length }) => length > 0);
}

/**
 * Checks that a pipeline is made of operations and their arguments, and returns it as one step.
 * @throws NixociError `USAGE` naming the place that is wrong, and what could be there.
 */
export function checkPipeline(pipeline: unknown, place = PLACE): PipelineStep {
  if (!Array.isArray(pipeline)) throw argumentError(place, KINDS.pipeline, pipeline);
  const steps = pipeline.map((item, i) => parseOperation(item, `${place}[${i}]`));
  return (value) => steps.reduce((current, step) => step(current), value);
}

function parseOperation(item: unknown, place: string): PipelineStep {
  if (!Array.isArray(item) || typeof item[0] !== "string") {
    throw argumentError(place, "a list that begins with the name of an operation", item);
  }
  const [name, ...args] = item;
  if (!Object.hasOwn(OPERATIONS, name)) throw unknownOperationError(name, place);
  const { takes, make } = OPERATIONS[name]!;
  if (args.length !== takes.length) {
    const wanted = takes.length === 0
      ? "takes no arguments"
      : `takes ${takes.map((kind) => KINDS[kind]).join(" and ")}`;
    const has = args.length === 1 ? "1 argument" : `${args.length} arguments`;
    throw new NixociError("USAGE", `${place}: "${name}" ${wanted}, but has ${has}`);
  }
  const read = takes.map((kind, i) => parseArgument(kind, args[i], `${place}[${i + 1}]`));
  return make(`${place}: "${name}"`, ...read as never[]);
}

function parseArgument(
  kind: ArgumentKind,
  value: unknown,
  place: string,
): ArgumentValues[ArgumentKind] {
  if (kind === "operation") return parseOperation(value, place);
  if (kind === "pipeline") return checkPipeline(value, place);
  return PARSERS[kind](value, place);
}

function unknownOperationError(name: string, place: string): NixociError {
  const names = Object.keys(OPERATIONS);
  const near = findNearest(name, names);
  const meant = near === undefined ? "" : `did you mean ${near}? `;
  return new NixociError("USAGE", `${place}: there is no operation ${shortenValue(name)}`, {
    hint: `${meant}there are ${names.join(", ")}`,
  });
}
