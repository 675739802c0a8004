/** Proof that a value has the shape of a SPEC; what is wrong is said by its path. */
import type * as z from "zod/mini";
import { NixociError } from "../../base/errors.ts";
import { findNearest } from "../../base/nearest.ts";
import { parseInEnglish } from "../../image/documents/schemas.ts";
import { ELSEWHERE } from "./elsewhere.ts";

/**
 * Proves that the value is of the schema's shape; returns zod's copy of it.
 * @throws NixociError `USAGE`, with the path of the first thing that is wrong.
 */
export function checkAgainst<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): T {
  const result = parseInEnglish(schema, value);
  const nul = findNul(value, []);
  if (nul) throw specError(`${what}: ${formatFieldPath(nul)}has a NUL character in it`);
  if (result.success) return result.data;
  throw issueError(findDeepest(result.error.issues[0]! as SchemaIssue, []), value, schema, what);
}

/** Finds a text, or a key, with a NUL in it: in names, commands and paths, systems end there. */
function findNul(value: unknown, path: readonly PropertyKey[]): readonly PropertyKey[] | undefined {
  if (typeof value === "string") return value.includes("\0") ? path : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (key.includes("\0")) return path;
    const found = findNul(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found) return found;
  }
  return undefined;
}

/** One of zod's issues, as far as it matters here. */
interface SchemaIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

/** Finds, of a choice of types, what is wrong with the one that the value came closest to. */
function findDeepest(issue: SchemaIssue, above: readonly PropertyKey[]): SchemaIssue {
  const path = [...above, ...issue.path];
  const inner = (issue.errors ?? []).flatMap((branch) => branch.slice(0, 1))
    .map((one) => findDeepest(one, path));
  const best = inner.reduce<SchemaIssue | undefined>(
    (best, one) => best === undefined || one.path.length >= best.path.length ? one : best,
    undefined,
  );
  return best ?? { ...issue, path };
}

function issueError(
  issue: SchemaIssue,
  value: unknown,
  schema: unknown,
  what: string,
): NixociError {
  if (issue.code !== "unrecognized_keys") {
    return specError(`${what}: ${formatFieldPath(issue.path)}${issue.message}`);
  }
  const [key = ""] = issue.keys ?? [];
  const at = formatFieldPath([...issue.path, key], "");
  const isPart = issue.path.every((part) => part === "layers" || typeof part === "number");
  if (isPart && Object.hasOwn(ELSEWHERE, key)) {
    return new NixociError("UNSUPPORTED", `${what}: ${at}: is not built by nixoci yet`, {
      hint: ELSEWHERE[key]!,
    });
  }
  const known = listFieldsAt(schema, issue.path);
  const near = findNearest(key, known);
  const isOther = issue.path.length === 0 && near === undefined;
  if (isOther && !known.some((name) => Object.hasOwn(value as object, name))) {
    // It is something else, and what that is stays out of the message.
    return specError(
      `${what} is not a SPEC: it has none of its fields`,
      `they are ${known.join(", ")}`,
    );
  }
  const hint = near === undefined ? `the fields are ${known.join(", ")}` : `did you mean ${near}?`;
  return specError(`${what}: ${at}: there is no such field`, hint);
}

function specError(message: string, hint?: string): NixociError {
  return new NixociError("USAGE", message, hint === undefined ? {} : { hint });
}

/** Formats a path: `layers[0].deps: `; nothing for the whole. */
function formatFieldPath(path: readonly PropertyKey[], end = ": "): string {
  const text = path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`)
    .join("").replace(/^\./, "");
  return text === "" ? "" : text + end;
}

/** Lists the names of the fields that the object at the path may have. */
function listFieldsAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  let at = findDefinition(schema);
  for (const part of path) {
    const inner = at.shape?.[String(part)] ?? at.catchall ?? at.valueType;
    at = findDefinition(typeof part === "number" ? at.element : inner);
  }
  return Object.keys(at.shape ?? {}).filter((name) => name !== "$schema");
}

/** The inside of a schema, as far as it leads to its fields. */
interface Definition {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  /** Of fields of any name. */
  readonly catchall?: unknown;
  readonly valueType?: unknown;
  readonly innerType?: unknown;
  readonly options?: readonly unknown[];
}

function findDefinition(schema: unknown): Definition {
  const { def = {} } = (schema ?? {}) as { def?: Definition };
  if (def.innerType !== undefined) return findDefinition(def.innerType);
  // Of a choice, the type that has fields.
  return def.options?.map(findDefinition).find(({ shape }) => shape !== undefined) ?? def;
}
