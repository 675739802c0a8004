/** What a change moves, counted the slow way: path by path, set by set. */
import type { Closure } from "../../src/nix/formats/path-info.ts";

/** For each path, the paths whose hash changes with it: all that need it, and itself. */
export function rebuiltBy(closure: Closure): Map<string, Set<string>> {
  const users = new Map(closure.map(({ path }) => [path, new Set<string>()]));
  for (const { path, references } of closure) references.forEach((to) => users.get(to)!.add(path));
  return new Map(closure.map(({ path }) => {
    const rebuilt = new Set([path]);
    for (const changed of rebuilt) users.get(changed)!.forEach((user) => rebuilt.add(user));
    return [path, rebuilt];
  }));
}

/** Bytes moved by a change on average: of layers that hold anything rebuilt, weighted by path. */
export function movedBytes(
  layers: readonly (readonly string[])[],
  closure: Closure,
  weight: (rebuilt: ReadonlySet<string>) => number,
): number {
  const size = new Map(closure.map(({ path, narSize }) => [path, narSize]));
  let moved = 0;
  let weights = 0;
  for (const rebuilt of rebuiltBy(closure).values()) {
    const moving = layers.filter((layer) => layer.some((path) => rebuilt.has(path)));
    const bytes = moving.flat().reduce((sum, path) => sum + size.get(path)!, 0);
    moved += bytes * weight(rebuilt);
    weights += weight(rebuilt);
  }
  return moved / weights;
}

/** Any path may change. */
export const uniform = (): number => 1;
/** What few need changes often: applications before libraries. */
export const leafFirst = (rebuilt: ReadonlySet<string>): number => 1 / rebuilt.size;
