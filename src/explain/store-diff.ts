/** Compares the store paths of two images: what came, went, and changed its version. */
import { parseStorePath } from "../nix/formats/store-path.ts";
import { compareVersions, parsePackageName } from "./versions.ts";

/** A store path, and its size where that is known. */
export interface StorePathSize {
  readonly path: string;
  /** In bytes. */
  readonly size?: number;
}

/** A store path in a comparison. */
export interface ComparedPath extends StorePathSize {
  readonly version?: string;
}

/** A package that both images have, otherwise. */
export interface ChangedPath {
  /** The name, with the output's. */
  readonly name: string;
  /** `rebuilt`: the version is the same, the hash is not. */
  readonly change: "upgraded" | "downgraded" | "rebuilt";
  readonly before: ComparedPath;
  readonly after: ComparedPath;
}

/** The differences between the store paths of two images; all lists are sorted by name. */
export interface StoreDifference {
  readonly added: readonly ComparedPath[];
  readonly removed: readonly ComparedPath[];
  readonly changed: readonly ChangedPath[];
  /** The number of paths that both have. */
  readonly same: number;
  /** Bytes of all store paths together, where all sizes are known. */
  readonly bytes?: { readonly before: number; readonly after: number; readonly news: number };
}

/**
 * Compares two lists of store paths. Paths of the same name and output, one on each side, are one
 * package that has changed; where there are several of a name, those are paired by their versions.
 * @example
 * ```ts
 * import { compareStorePaths } from "nixoci";
 * const path = (hash: string, name: string) => ({ path: `/nix/store/${hash.repeat(32)}-${name}` });
 * const { changed } = compareStorePaths([path("a", "curl-8.1")], [path("b", "curl-8.2")]);
 * console.log(changed[0]?.change); // upgraded
 * ```
 */
export function compareStorePaths(
  before: readonly StorePathSize[],
  after: readonly StorePathSize[],
): StoreDifference {
  const old = new Set(before.map(({ path }) => path));
  const now = new Set(after.map(({ path }) => path));
  const gone = groupByName(before.filter(({ path }) => !now.has(path)));
  const came = groupByName(after.filter(({ path }) => !old.has(path)));
  const changed: ChangedPath[] = [];
  const added: ComparedPath[] = [];
  const removed: ComparedPath[] = [];
  for (const name of [...new Set([...gone.keys(), ...came.keys()])].sort()) {
    const [left, right] = [gone.get(name) ?? [], came.get(name) ?? []];
    const pairs = Math.min(left.length, right.length);
    for (let i = 0; i < pairs; i++) changed.push(changeOf(name, left[i]!, right[i]!));
    removed.push(...left.slice(pairs));
    added.push(...right.slice(pairs));
  }
  const same = after.filter(({ path }) => old.has(path)).length;
  const fresh = after.filter(({ path }) => !old.has(path));
  const [a, b, news] = [sumSizes(before), sumSizes(after), sumSizes(fresh)];
  const isKnown = a !== undefined && b !== undefined && news !== undefined;
  return {
    added,
    removed,
    changed,
    same,
    ...isKnown && { bytes: { before: a, after: b, news } },
  };
}

function changeOf(name: string, before: ComparedPath, after: ComparedPath): ChangedPath {
  const order = compareVersions(before.version ?? "", after.version ?? "");
  const change = order < 0 ? "upgraded" : order > 0 ? "downgraded" : "rebuilt";
  return { name, change, before, after };
}

function groupByName(paths: readonly StorePathSize[]): Map<string, ComparedPath[]> {
  const groups = new Map<string, ComparedPath[]>();
  for (const one of paths) {
    const parsed = parsePackageName(nameOf(one.path));
    const name = parsed.output === undefined ? parsed.name : `${parsed.name} (${parsed.output})`;
    const { version } = parsed;
    groups.set(name, [...groups.get(name) ?? [], {
      ...one,
      ...version !== undefined && { version },
    }]);
  }
  for (const list of groups.values()) {
    list.sort((a, b) =>
      compareVersions(a.version ?? "", b.version ?? "") || (a.path < b.path ? -1 : 1)
    );
  }
  return groups;
}

function nameOf(path: string): string {
  return parseStorePath(path, path.slice(0, path.lastIndexOf("/"))).name;
}

function sumSizes(paths: readonly StorePathSize[]): number | undefined {
  let sum = 0;
  for (const { size } of paths) {
    if (size === undefined) return undefined;
    sum += size;
  }
  return sum;
}
