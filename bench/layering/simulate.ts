/** What changes move: one path after the other changes, and all that needs it with it. */
import { createHash } from "node:crypto";
import { graphOf } from "../../src/layering/graph.ts";
import { canReach, reachabilityOf } from "../../src/layering/reach.ts";
import type { Closure } from "../../src/nix/formats/path-info.ts";

export type Layers = readonly (readonly string[])[];

/** Bytes moved by a change, on average over changes. */
export interface Moved {
  /** Any path is as likely to change as any other. */
  uniform: number;
  /** The more paths need it, the less often a path changes: an application changes, libc stays. */
  leafFirst: number;
  /** As `uniform`, but the layers are made anew of what has changed, sizes by up to 2 %. */
  remade: number;
}

/** Making layers anew is done for so many changes at most. */
const SAMPLES = 60;

export function simulate(closure: Closure, makeLayers: (closure: Closure) => Layers): Moved {
  const layers = makeLayers(closure);
  const reach = reachabilityOf(graphOf(closure));
  const all = closure.map((_, vertex) => vertex);
  const size = new Map(closure.map(({ path, narSize }) => [path, narSize]));
  const known = new Set(layers.map((layer) => layer.toSorted().join()));
  const moved: Moved = { uniform: 0, leafFirst: 0, remade: 0 };
  const every = Math.ceil(closure.length / SAMPLES);
  let weights = 0;
  for (const changing of all) {
    const vertices = all.filter((vertex) => canReach(reach, vertex, changing));
    const rebuilt = new Set(vertices.map((vertex) => closure[vertex]!.path));
    const moving = layers.filter((layer) => layer.some((path) => rebuilt.has(path)));
    const bytes = bytesOf(moving, size);
    moved.uniform += bytes / closure.length;
    moved.leafFirst += bytes / rebuilt.size;
    weights += 1 / rebuilt.size;
    if (changing % every !== 0) continue;
    const after = changed(closure, rebuilt, `${changing}`);
    const remade = makeLayers(after).filter((layer) => !known.has(layer.toSorted().join()));
    const sizes = new Map(after.map(({ path, narSize }) => [path, narSize]));
    moved.remade += bytesOf(remade, sizes) / Math.ceil(closure.length / every);
  }
  moved.leafFirst /= weights;
  return moved;
}

function bytesOf(layers: Layers, size: ReadonlyMap<string, number>): number {
  return layers.flat().reduce((sum, path) => sum + size.get(path)!, 0);
}

/** The closure with other hashes and somewhat other sizes for what was rebuilt, sorted again. */
function changed(closure: Closure, rebuilt: ReadonlySet<string>, salt: string): Closure {
  const digest = (path: string) => createHash("sha256").update(salt + path).digest();
  const renamed = (path: string): string =>
    rebuilt.has(path)
      ? path.replace(/[^/-]{32}(?=-)/, digest(path).toString("hex").slice(0, 32))
      : path;
  const resized = (path: string, bytes: number): number =>
    rebuilt.has(path) ? Math.round(bytes * (0.98 + 0.04 * digest(path)[0]! / 255)) : bytes;
  return closure.map(({ path, narSize, references }) => ({
    path: renamed(path),
    narSize: resized(path, narSize),
    references: references.map(renamed).sort(),
  })).sort((a, b) => a.path < b.path ? -1 : 1);
}
