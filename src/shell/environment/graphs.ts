/** Closures that a derivation asks for: `exportReferencesGraph`. */
import { NixociError } from "../../base/errors.ts";
import { JsonNumber, type JsonValue } from "../../nix/derivation/json/value.ts";
import { formatHash } from "../../nix/formats/hash.ts";
import type { Closure, PathInfo } from "../../nix/formats/path-info.ts";
import { storePathOf } from "../../nix/formats/store-path.ts";
import type { ShellDerivation } from "./options.ts";

/**
 * Selects paths and what they refer to, from a closure that has them all.
 * @throws NixociError `INCOMPLETE` when it does not.
 */
export function selectGraph(
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
export function formatGraph(graph: Closure): string {
  return graph.map(({ path, references }) =>
    [path, "", references.length, ...references, ""].join("\n")
  ).join("");
}

/** Encodes a closure as builders get it among structured attributes. */
export function encodeGraph(graph: Closure): JsonValue {
  const infos = new Map(graph.map((info) => [info.path, info]));
  return graph.map((info) => {
    const { path, narSize, narHash, references } = info;
    return {
      path,
      narSize: new JsonNumber(String(narSize)),
      ...(narHash === undefined ? {} : { narHash: `sha256:${formatHash(narHash, "nix32")}` }),
      references,
      valid: true,
      closureSize: new JsonNumber(String(sumSizes(info, infos))),
    };
  });
}

function sumSizes(root: PathInfo, infos: ReadonlyMap<string, PathInfo>): number {
  const found = new Set<PathInfo>();
  const waiting = [root];
  let sum = 0;
  for (let info = waiting.pop(); info !== undefined; info = waiting.pop()) {
    if (found.has(info)) continue;
    found.add(info);
    sum += info.narSize;
    waiting.push(...info.references.flatMap((path) => infos.get(path) ?? []));
  }
  return sum;
}
