/** Parses the operations' arguments, and refuses others in words. */
import { NixociError } from "../../base/errors.ts";
import { PARTS, type PipelinePart, type PipelineStep } from "./value.ts";

/** A point to split at: a path, or everything that some paths refer to. */
export type SplitPoint = string | { readonly children_of: readonly string[] };

/** The values of arguments, by their kinds. */
export interface ArgumentValues {
  readonly count: number;
  readonly part: PipelinePart;
  readonly paths: readonly string[];
  readonly pathOrPaths: readonly string[];
  readonly splitPoints: readonly SplitPoint[];
  readonly operation: PipelineStep;
  readonly pipeline: PipelineStep;
}
export type ArgumentKind = keyof ArgumentValues;

/** The kinds in words; every message that names one says it so. */
export const KINDS: Readonly<Record<ArgumentKind, string>> = {
  count: "a whole number, 1 or more",
  part: `one of ${PARTS.join(", ")}`,
  paths: "a list of paths",
  pathOrPaths: "a path or a list of paths",
  splitPoints: 'a list of paths or of { "children_of": a path or a list of paths }',
  operation: "an operation, such as [popularity_contest]",
  pipeline: "a list of operations",
};

/**
 * Parsers of arguments that are not operations; `place` is the argument's, `layeringPipeline[0][1]`.
 */
export const PARSERS = {
  count: (value: unknown, place: string): number =>
    Number.isSafeInteger(value) && Number(value) >= 1
      ? Number(value)
      : refuse("count", place, value),
  part: (value: unknown, place: string): PipelinePart =>
    PARTS.find((part) => part === value) ?? refuse("part", place, value),
  paths: (value: unknown, place: string): string[] =>
    isTexts(value) ? value : refuse("paths", place, value),
  pathOrPaths: (value: unknown, place: string): string[] =>
    parseTexts(value) ?? refuse("pathOrPaths", place, value),
  splitPoints: (value: unknown, place: string): SplitPoint[] =>
    Array.isArray(value)
      ? value.map((point, i) => parseSplitPoint(point, `${place}[${i}]`))
      : refuse("splitPoints", place, value),
};

function parseSplitPoint(value: unknown, place: string): SplitPoint {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && Object.keys(value).join() === "children_of") {
    const paths = parseTexts((value as { children_of: unknown }).children_of);
    if (paths !== undefined) return { children_of: paths };
  }
  throw argumentError(place, 'a path or { "children_of": a path or a list of paths }', value);
}

function parseTexts(value: unknown): string[] | undefined {
  if (typeof value === "string") return [value];
  return isTexts(value) ? value : undefined;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function refuse(kind: ArgumentKind, place: string, value: unknown): never {
  throw argumentError(place, KINDS[kind], value);
}

/** Returns the error for a value that does not belong at a place. */
export function argumentError(place: string, wanted: string, value: unknown): NixociError {
  return new NixociError("USAGE", `${place} must be ${wanted}, not ${shortenValue(value)}`);
}

/** Shortens a value to what is enough to recognise it. */
export function shortenValue(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
