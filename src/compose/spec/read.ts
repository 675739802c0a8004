/** From a SPEC's text to what it says; what is wrong with it is named by its path. */
import { dirname, resolve } from "node:path";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type * as z from "zod/mini";
import { collect } from "../../bytes/stream.ts";
import { during, NixociError } from "../../base/errors.ts";
import { isObject, parseJson } from "../../image/json.ts";
import { parseInEnglish } from "../../image/schemas.ts";
import { nearest } from "../../base/nearest.ts";
import type { Spec } from "./spec.ts";

/** A SPEC and the folder that its relative paths are below: of a pipe, the working directory. */
export interface ReadSpec {
  readonly spec: Spec;
  readonly folder: string;
}

/** In bytes; room for a hundred thousand paths. */
const MAX_SPEC = 16 * 1024 * 1024;
// Layers lie in layers: each level of them takes two of JSON's.
const LIMITS = { maxBytes: MAX_SPEC, maxDepth: 1000 };

/**
 * Reads a SPEC from a file, or from standard input where the path is `-`.
 * @throws NixociError `USAGE` for one that is not right, `NOT_FOUND`, `IO` and `LIMIT` of the file.
 */
export async function readSpec(path: string): Promise<ReadSpec> {
  const isPipe = path === "-";
  const what = isPipe ? "the spec on standard input" : path;
  // What has a name may be a pipe as well: nixoci build <(…) daemon:
  const input = isPipe ? process.stdin : createReadStream(path);
  const bytes = await collect(input, MAX_SPEC, what).catch((error) => {
    throw during(error, `Cannot read the spec ${path}`);
  });
  const isFile = !isPipe && !(await stat(path)).isFIFO();
  const folder = isFile ? dirname(resolve(path)) : process.cwd();
  return { spec: await checkSpec(parseJson(bytes, what, LIMITS), what), folder };
}

/**
 * The value, proved to be a SPEC.
 * @param what names it in errors.
 * @throws NixociError `USAGE`, with the path of the first thing that is wrong.
 */
export async function checkSpec(value: unknown, what: string): Promise<Spec> {
  const { specSchema } = await import("./spec.ts"); // zod is slow to load, and `--help` needs none
  return validated(specSchema, withoutUnasked(value), what);
}

/** Without what other tools' callers write out and mean nothing by: `extraCommands: ""`. */
function withoutUnasked(value: unknown): unknown {
  if (!isObject(value)) return value;
  const asked = ([key, field]: [string, unknown]): boolean =>
    !(Object.hasOwn(ELSEWHERE, key) && asksNothing(key, field));
  const { layers, ...rest } = Object.fromEntries(Object.entries(value).filter(asked));
  if (layers === undefined) return rest;
  return { ...rest, layers: Array.isArray(layers) ? layers.map(withoutUnasked) : layers };
}

function asksNothing(key: string, field: unknown): boolean {
  if (key === "reproducible") return field === true || field === null;
  return field === null || field === false || field === "" ||
    isObject(field) && Object.keys(field).length === 0 ||
    Array.isArray(field) && field.length === 0;
}

/**
 * The value, proved to be of the schema's shape.
 * @throws NixociError `USAGE`, with the path of the first thing that is wrong.
 */
export function validated<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): T {
  const result = parseInEnglish(schema, value);
  if (result.success) return result.data;
  throw inWords(deepest(result.error.issues[0]! as Issue, []), schema, what);
}

/** zod's issues, as far as they matter here. */
interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/** Of a choice of types, what is wrong with the one that the value came closest to. */
function deepest(issue: Issue, above: readonly PropertyKey[]): Issue {
  const path = [...above, ...issue.path];
  const inner = (issue.errors ?? []).flatMap((branch) => branch.slice(0, 1))
    .map((one) => deepest(one, path));
  const best = inner.reduce<Issue | undefined>(
    (best, one) => best === undefined || one.path.length >= best.path.length ? one : best,
    undefined,
  );
  return best ?? { ...issue, path };
}

function inWords(issue: Issue, schema: unknown, what: string): NixociError {
  if (issue.code !== "unrecognized_keys") {
    return wrong(`${what}: ${joined(issue.path)}${issue.message}`);
  }
  const [key = ""] = issue.keys ?? [];
  const at = joined([...issue.path, key], "");
  const isPart = issue.path.every((part) => part === "layers" || typeof part === "number");
  if (isPart && Object.hasOwn(ELSEWHERE, key)) {
    return new NixociError("UNSUPPORTED", `${what}: ${at}: is not built by nixoci yet`, {
      hint: ELSEWHERE[key]!,
    });
  }
  const known = fieldsAt(schema, issue.path);
  const near = nearest(key, known);
  const hint = near === undefined ? `the fields are ${known.join(", ")}` : `did you mean ${near}?`;
  return wrong(`${what}: ${at}: there is no such field`, hint);
}

function wrong(message: string, hint?: string): NixociError {
  return new NixociError("USAGE", message, hint === undefined ? {} : { hint });
}

/** `layers[0].deps: `; nothing for the whole. */
function joined(path: readonly PropertyKey[], end = ": "): string {
  const text = path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`)
    .join("").replace(/^\./, "");
  return text === "" ? "" : text + end;
}

/** What dockerTools and nix2container take, and this does not. */
const SCRIPTS = "run the script in a derivation of your own, and give its result as copyToRoot";
const DATABASE = "images get no Nix database; make one in a derivation, and give it as copyToRoot";
const FOR_NIX = "it says nothing of the image; leave it out";
const ELSEWHERE: Readonly<Record<string, string>> = {
  contents: "make the links in a derivation (buildEnv), and give it as copyToRoot",
  keepContentsDirlinks: "copyToRoot keeps links as they are",
  extraCommands: SCRIPTS,
  fakeRootCommands: SCRIPTS,
  enableFakechroot: SCRIPTS,
  runAsRoot: SCRIPTS,
  diskSize: "there is no virtual machine; leave it out",
  buildVMMemorySize: "there is no virtual machine; leave it out",
  includeNixDB: DATABASE,
  initializeNixDatabase: DATABASE,
  reproducible:
    "make it with nixoci layers --tar-directory tars -o layers.json, and name that file " +
    "in layers",
  nestedLayers: "write them as layers, within the layer",
  nixUid: "it is the user of the Nix database; uid is that of all files",
  nixGid: "it is the group of the Nix database; gid is that of all files",
  passthru: FOR_NIX,
  meta: FOR_NIX,
  debug: FOR_NIX,
};

/** The names of the fields that the object at the path may have. */
function fieldsAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  let at = unwrapped(schema);
  for (const part of path) {
    at = unwrapped(typeof part === "number" ? at.element : at.shape?.[String(part)]);
  }
  return Object.keys(at.shape ?? {}).filter((name) => name !== "$schema");
}

/** What of a schema's inside leads to its fields. */
interface Definition {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly innerType?: unknown;
  readonly options?: readonly unknown[];
}

function unwrapped(schema: unknown): Definition {
  const { def = {} } = (schema ?? {}) as { def?: Definition };
  if (def.innerType !== undefined) return unwrapped(def.innerType);
  // Of a choice, the type that has fields.
  return def.options?.map(unwrapped).find(({ shape }) => shape !== undefined) ?? def;
}
