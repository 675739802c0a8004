/**
 * Makes the files that a build finds in its folder: attributes that were too long for a variable,
 * structured attributes, closures.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { NixociError } from "../base/errors.ts";
import { formatShellAttributes } from "../nix/derivation/attributes/structured.ts";
import type { StructuredAttributes } from "../nix/derivation/attributes/options.ts";
import {
  encodeJsonValue,
  JsonNumber,
  type JsonValue,
  parseJsonValue,
} from "../nix/derivation/json/value.ts";
import { formatHash } from "../nix/formats/hash.ts";
import { formatNix32 } from "../nix/formats/nix32.ts";
import type { Closure, PathInfo } from "../nix/formats/path-info.ts";
import { storePathOf } from "../nix/formats/store-path.ts";
import { encodeName } from "../tar/name.ts";
import { replacePlaceholders, type ShellDerivation } from "./options.ts";

/** Files of the folder of a build, and the variables that name them. */
export interface AttributeFiles {
  /** Contents by the files' names; an output's placeholder is replaced already. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The files' names by the variables that say where they are. */
  readonly variables: ReadonlyMap<string, string>;
  /** Structured attributes as they are in the files. */
  readonly structured: StructuredAttributes | undefined;
}

/**
 * Makes the files.
 * @throws NixociError `INCOMPLETE` when an attribute asks for the closure of a path that is not in
 * the one that is given.
 */
export function makeAttributeFiles(
  shell: ShellDerivation,
  closure: Closure | undefined,
): AttributeFiles {
  const { derivation, build } = shell;
  const graphs = new Map(
    [...build.exportReferencesGraph].map(([name, paths]) => [
      name,
      selectClosure(paths, closure ?? [], shell),
    ]),
  );
  if (build.structured !== undefined) {
    return makeStructuredFiles({
      ...build.structured,
      ...encodeGraphs(graphs),
      outputs: Object.fromEntries(shell.outputs),
    }, shell);
  }
  const texts = new Map<string, string>();
  const variables = new Map<string, string>();
  for (const name of build.passAsFile) {
    const value = derivation.env.get(name);
    if (value === undefined) continue;
    variables.set(`${name}Path`, fileNameOf(name));
    texts.set(fileNameOf(name), value);
  }
  for (const [name, graph] of graphs) texts.set(name, formatGraph(graph));
  const encode = (text: string) => encodeName(replacePlaceholders(text, shell.outputs));
  const files = new Map([...texts].map(([name, text]) => [name, encode(text)]));
  return { files, variables, structured: undefined };
}

function makeStructuredFiles(
  attributes: StructuredAttributes,
  { outputs, derivation }: ShellDerivation,
): AttributeFiles {
  const json = replacePlaceholders(encodeJsonValue(attributes), outputs);
  const structured = parseJsonValue(json, `the JSON of ${derivation.name}`) as StructuredAttributes;
  return {
    files: new Map([
      [".attrs.json", encodeName(json)],
      [".attrs.sh", encodeName(formatShellAttributes(structured))],
    ]),
    variables: new Map([
      ["NIX_ATTRS_JSON_FILE", ".attrs.json"],
      ["NIX_ATTRS_SH_FILE", ".attrs.sh"],
    ]),
    structured,
  };
}

function fileNameOf(attribute: string): string {
  return `.attr-${formatNix32(createHash("sha256").update(encodeName(attribute)).digest())}`;
}

/** Selects the paths that others refer to, from a closure that has them all. */
function selectClosure(
  paths: readonly string[],
  closure: Closure,
  { derivation: { name }, storeDir }: ShellDerivation,
): Closure {
  const infos = new Map(closure.map((info) => [info.path, info]));
  const found = new Map<string, PathInfo>();
  const waiting = paths.map((path) => storePathOf(path, storeDir));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const info = infos.get(path);
    if (info === undefined) throw missingError(name, path);
    found.set(path, info);
    waiting.push(...info.references);
  }
  return [...found.values()].sort((a, b) => a.path < b.path ? -1 : 1);
}

function missingError(name: string, path: string): NixociError {
  const why = `its attribute exportReferencesGraph asks for the closure of ${path}`;
  return new NixociError("INCOMPLETE", `Cannot use ${name}: ${why}, which is not among its inputs`);
}

/** Formats a closure as builders got it before there were structured attributes. */
function formatGraph(graph: Closure): string {
  return graph.map(({ path, references }) =>
    [path, "", references.length, ...references, ""].join("\n")
  ).join("");
}

function encodeGraphs(graphs: ReadonlyMap<string, Closure>): Record<string, JsonValue> {
  const encoded: Record<string, JsonValue> = {};
  for (const [name, graph] of graphs) {
    encoded[name] = graph.map((info) => encodeInfo(info, graph));
  }
  return encoded;
}

function encodeInfo(info: PathInfo, graph: Closure): JsonValue {
  const { path, narSize, narHash, references } = info;
  return {
    path,
    narSize: new JsonNumber(String(narSize)),
    ...(narHash === undefined ? {} : { narHash: `sha256:${formatHash(narHash, "nix32")}` }),
    references: [...references],
    valid: true,
    closureSize: new JsonNumber(String(sumSizes(info, graph))),
  };
}

function sumSizes(root: PathInfo, graph: Closure): number {
  const infos = new Map(graph.map((info) => [info.path, info]));
  const found = new Set<PathInfo>();
  const waiting = [root];
  for (let info = waiting.pop(); info !== undefined; info = waiting.pop()) {
    if (found.has(info)) continue;
    found.add(info);
    waiting.push(...info.references.flatMap((path) => infos.get(path) ?? []));
  }
  return [...found].reduce((sum, { narSize }) => sum + narSize, 0);
}
