import { describe, expect, it, test } from "vitest";
import { layersOf } from "../../src/layering/mod.ts";
import type { PathInfo } from "../../src/nix/formats/path-info.ts";
import { closure, dice, randomClosure, recorded, shuffled } from "./closures.ts";
import { leafFirst, movedBytes, uniform } from "./simulate.ts";

const sizeAware = (graph: readonly PathInfo[], maxLayers: number) =>
  layersOf(graph, { strategy: "size-aware", maxLayers });

describe("size-aware layers", () => {
  const { graph } = recorded();

  test.for([10, 25, 50, 100])("move fewer bytes than any other's, maxLayers %i", (maxLayers) => {
    const ours = sizeAware(graph, maxLayers);
    for (const strategy of ["popularity", "popularity-contest", "auto"] as const) {
      const theirs = layersOf(graph, { strategy, maxLayers });
      for (const weight of [uniform, leafFirst]) {
        expect(movedBytes(ours, graph, weight)).toBeLessThan(movedBytes(theirs, graph, weight));
      }
    }
  });

  it("move a quarter of what popularity's move, where layers are few", () => {
    const theirs = layersOf(graph, { strategy: "popularity", maxLayers: 10 });
    expect(movedBytes(sizeAware(graph, 10), graph, uniform))
      .toBeLessThan(movedBytes(theirs, graph, uniform) / 4);
  });

  it("keep a large stable path away from what changes often", () => {
    const sizes = { libc: 1_000, data: 900, app: 1, script: 1 };
    const small = closure({ app: "libc script", script: "libc", libc: "", data: "" }, sizes);
    expect(sizeAware(small, 3)).toEqual([["libc"], ["data"], ["app", "script"]]);
    expect(sizeAware(small, 1)).toEqual([["app", "data", "libc", "script"]]);
  });

  it("come in the order in which they are likely to stay", () => {
    const tower = closure({ app: "lib", lib: "libc", libc: "" });
    expect(sizeAware(tower, 9)).toEqual([["libc"], ["lib"], ["app"]]);
  });

  it("are near the best that there are, for closures small enough to try all", () => {
    const roll = dice(11);
    for (let round = 0; round < 30; round++) {
      const small = randomClosure(6, roll);
      const weight = (rebuilt: ReadonlySet<string>) => 1 + leafFirst(rebuilt);
      const best = Math.min(
        ...partitions(small.map(({ path }) => path), 3)
          .map((layers) => movedBytes(layers, small, weight)),
      );
      expect(movedBytes(sizeAware(small, 3), small, weight)).toBeLessThan(best * 1.15);
    }
  });

  it("do not depend on hashes, nor on the order of the closure", () => {
    const roll = dice(5);
    const before = sizeAware(graph, 20);
    expect(sizeAware(shuffled(graph, roll), 20)).toEqual(before);
    const rehashed = (path: string) =>
      path.replace(/[a-z0-9]{32}/, (hash) => [...hash].reverse().join(""));
    const after = sizeAware(
      graph.map((info) => ({
        ...info,
        path: rehashed(info.path),
        references: info.references.map(rehashed),
      })),
      20,
    );
    const sorted = (layers: readonly (readonly string[])[]) =>
      layers.map((layer) => [...layer].sort());
    expect(sorted(after)).toEqual(sorted(before.map((layer) => layer.map(rehashed))));
  });

  it("are made of a closure too large to compare each with each", () => {
    const large = randomClosure(1_000, dice(8));
    for (const maxLayers of [3, 450]) {
      const layers = sizeAware(large, maxLayers);
      expect(layers).toHaveLength(maxLayers);
      expect(layers.flat().sort()).toEqual(large.map(({ path }) => path));
    }
  });
});

/** All ways to put the paths into at most so many layers. */
function partitions([first, ...rest]: readonly string[], atMost: number): string[][][] {
  if (first === undefined) return [[]];
  return partitions(rest, atMost).flatMap((layers) => [
    ...layers.map((_, at) => layers.map((layer, i) => i === at ? [first, ...layer] : layer)),
    ...(layers.length < atMost ? [[[first], ...layers]] : []),
  ]);
}
