/** Layers that follow a history: what can stay stays, whatever the order of the closure. */
import { describe, expect, it } from "vitest";
import { computeMove, layersOf } from "../../src/layering/mod.ts";
import type { PathInfo } from "../../src/nix/formats/path-info.ts";
import { closure, dice, randomClosure, recorded, shuffled } from "./closures.ts";
import { updateClosure } from "./updates.ts";

const sizesOf = (paths: readonly PathInfo[]) =>
  new Map(paths.map(({ path, narSize }) => [path, narSize]));

describe("a history", () => {
  const graph = closure({ app: "curl", curl: "ssl", ssl: "libc", libc: "" }, { libc: 9, app: 1 });

  it("keeps the layers whose paths are all there, as they are and in their order", () => {
    const history = [["libc"], ["gone", "app"], ["curl", "ssl"]];
    expect(layersOf(graph, { history, maxLayers: 5 })).toEqual([
      ["libc"],
      ["curl", "ssl"],
      ["app"],
    ]);
  });

  it("that is the closure's own is the answer", () => {
    const history = [["ssl", "libc"], ["app", "curl"]];
    expect(layersOf(graph, { history, maxLayers: 2 })).toEqual(history);
  });

  it("that shares nothing is none", () => {
    const history = [["x"], ["y", "z"]];
    expect(layersOf(graph, { history, maxLayers: 2 }))
      .toEqual(layersOf(graph, { strategy: "size-aware", maxLayers: 2 }));
  });

  it("that fills all layers gives up its smallest one for what is new", () => {
    const more = [...graph, ...closure({ new: "" }, { new: 3 })];
    const history = [["libc"], ["app"], ["curl", "ssl"]];
    expect(layersOf(more, { history, maxLayers: 3 })).toEqual([
      ["libc"],
      ["curl", "ssl"],
      ["app", "new"],
    ]);
  });

  it("leaves out what is elsewhere", () => {
    const exclude = new Set(["libc", "ssl"]);
    const history = [["libc"], ["curl", "ssl"], ["curl"]];
    expect(layersOf(graph, { history, maxLayers: 3, exclude })).toEqual([["curl"], ["app"]]);
  });

  it("names a path in one layer, though it names it in two", () => {
    const history = [["libc", "ssl"], ["ssl"], ["app", "app"]];
    const layers = layersOf(graph, { history, maxLayers: 4 });
    expect(layers.flat().sort()).toEqual(["app", "curl", "libc", "ssl"]);
  });
});

it("random closures have each path once, in few enough layers, in whatever order they come", () => {
  const roll = dice(7);
  for (let round = 0; round < 20; round++) {
    const maxLayers = 1 + roll(8);
    let paths = randomClosure(3 + roll(40), roll);
    let history = layersOf(paths, { strategy: "size-aware", maxLayers });
    for (let step = 0; step < 3; step++) {
      paths = updateClosure(paths, roll, `${round} ${step}`);
      const layers = layersOf(paths, { history, maxLayers });
      expect(layers.flat().sort()).toEqual(paths.map(({ path }) => path).sort());
      expect(layers.length).toBeLessThanOrEqual(maxLayers);
      expect(layers.every(({ length }) => length > 0)).toBe(true);
      expect(layersOf(shuffled(paths, roll), { history, maxLayers })).toEqual(layers);
      history = layers;
    }
  }
});

it.each([10, 25, 50, 100])(
  "twenty updates move less than without a history: %i layers",
  (maxLayers) => {
    const roll = dice(maxLayers);
    let paths = recorded().graph;
    const strategies = ["popularity", "auto", "size-aware"] as const;
    const first = layersOf(paths, { strategy: "size-aware", maxLayers });
    let history = first;
    const others = strategies.map((strategy) => layersOf(paths, { strategy, maxLayers }));
    const moved = new Map<string, number>();
    const add = (name: string, bytes: number) => moved.set(name, (moved.get(name) ?? 0) + bytes);
    for (let step = 0; step < 20; step++) {
      paths = updateClosure(paths, roll, `${step}`);
      const sizes = sizesOf(paths);
      const layers = layersOf(paths, { history, maxLayers });
      add("history", computeMove(layers, history, sizes).bytes);
      history = layers;
      for (const [i, strategy] of strategies.entries()) {
        const next = layersOf(paths, { strategy, maxLayers });
        add(strategy, computeMove(next, others[i]!, sizes).bytes);
        others[i] = next;
      }
    }
    for (const strategy of strategies) {
      expect(moved.get("history"), strategy).toBeLessThanOrEqual(moved.get(strategy)!);
    }
    if (process.env["SHOW_MOVED"]) {
      console.log(
        maxLayers,
        [...moved].map(([n, b]) => `${n} ${(b / 20e6).toFixed(1)} MB`).join("; "),
      );
    }
  },
);
