/** What holds for every strategy, and what each does with paths that are elsewhere. */
import { describe, expect, it } from "vitest";
import { countLayersLeft } from "../../src/layering/limit.ts";
import { layersOf, STRATEGIES } from "../../src/layering/mod.ts";
import { golden } from "../recipe/support/parity.ts";
import { ARTICLE, closure, dice, randomClosure, recorded, shuffled } from "./closures.ts";

describe.for(STRATEGIES)("%s", (strategy) => {
  it("puts every path into one layer, and makes no more layers than it may", () => {
    const roll = dice(1);
    for (let round = 0; round < 60; round++) {
      const graph = randomClosure(1 + roll(40), roll);
      const maxLayers = 1 + roll(12);
      const layers = layersOf(graph, { strategy, maxLayers });
      expect(layers.flat().sort()).toEqual(graph.map(({ path }) => path));
      expect(layers.length).toBeLessThanOrEqual(maxLayers);
      expect(layers.every((layer) => layer.length > 0)).toBe(true);
    }
  });

  it("makes the same layers of the same closure", () => {
    const roll = dice(2);
    for (let round = 0; round < 20; round++) {
      const graph = randomClosure(30, roll);
      const inOrder = shuffled(graph, roll).sort((a, b) => a.path < b.path ? -1 : 1);
      const again = inOrder.map((info) => ({ ...info, references: [...info.references].sort() }));
      const options = { strategy, maxLayers: 7 };
      expect(layersOf(again, options)).toEqual(layersOf(graph, options));
    }
  });

  it("leaves out what is elsewhere", () => {
    const roll = dice(3);
    for (let round = 0; round < 20; round++) {
      const graph = randomClosure(25, roll);
      const exclude = new Set(graph.filter(() => roll(3) === 0).map(({ path }) => path));
      const layers = layersOf(graph, { strategy, maxLayers: 5, exclude });
      const left = graph.map(({ path }) => path).filter((path) => !exclude.has(path));
      expect(layers.flat().sort()).toEqual(left);
      expect(layers.length).toBeLessThanOrEqual(5);
      expect(layers.every((layer) => layer.length > 0)).toBe(true);
    }
  });

  it("makes nothing of nothing", () => {
    expect(layersOf([], { strategy, maxLayers: 5 })).toEqual([]);
    const exclude = new Set("ABCDEFG");
    expect(layersOf(ARTICLE, { strategy, maxLayers: 5, exclude })).toEqual([]);
  });

  it("says what is missing, what goes round in a circle, and what is not a number", () => {
    const of = (graph: Record<string, string>, maxLayers = 2) => () =>
      layersOf(closure(graph), { strategy, maxLayers });
    expect(of({ A: "B" })).toThrow(expect.objectContaining({
      code: "INCOMPLETE",
      message: "Cannot make layers of the closure: A refers to B, which is not in it",
    }));
    expect(of({ R: "A", A: "B", B: "C", C: "A" })).toThrow(expect.objectContaining({
      code: "MALFORMED",
      message: expect.stringMatching(
        /in a circle, (A -> B -> C -> A|B -> C -> A -> B|C -> A -> B -> C)$/,
      ),
    }));
    for (const maxLayers of [0, -1, 1.5, NaN]) {
      expect(of({ A: "" }, maxLayers)).toThrow(expect.objectContaining({
        code: "USAGE",
        message: `maxLayers must be a whole number, 1 or more, not ${maxLayers}`,
      }));
    }
  });

  it("takes no path twice", () => {
    const twice = [...closure({ A: "" }), ...closure({ A: "" })];
    expect(() => layersOf(twice, { strategy, maxLayers: 3 })).toThrow(/: A is in it twice$/);
  });

  it("takes a long chain", () => {
    const chain = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, i) => [`p${i}`, `p${i + 1}`]),
    );
    const layers = layersOf(closure({ ...chain, p3000: "" }), { strategy, maxLayers: 4 });
    expect(layers.flat()).toHaveLength(3_001);
  });
});

describe("what is elsewhere", () => {
  const exclude = new Set(["F", "B"]);

  it("is taken out after nix2container's sort, and before the contest", () => {
    expect(layersOf(ARTICLE, { strategy: "popularity", maxLayers: 2, exclude }))
      .toEqual([["E"], ["D", "C", "G", "A"]]);
    expect(layersOf(ARTICLE, { strategy: "popularity-contest", maxLayers: 2, exclude }))
      .toEqual([["D"], ["E", "G", "A", "C"]]);
  });

  it("is not there for a pipeline, nor referred to", () => {
    expect(layersOf(ARTICLE, { pipeline: [["split_paths", ["C", "F"]]], exclude }))
      .toEqual([["C", "D", "E"], ["A", "G"]]);
  });
});

describe("auto", () => {
  const sizes = { big: 100, huge: 200, lib: 50, libc: 60, app: 1, tool: 2 };
  const graph = closure({
    app: "big tool",
    big: "lib libc",
    huge: "libc",
    lib: "libc",
    libc: "",
    tool: "libc",
  }, sizes);
  const auto = (maxLayers: number) => layersOf(graph, { strategy: "auto", maxLayers });

  it("makes the largest paths primaries, and groups others by which of them need them", () => {
    // With all that they need: app 213, huge 260.
    expect(auto(1)).toEqual([["app", "big", "huge", "lib", "libc", "tool"]]);
    expect(auto(2)).toEqual([["app", "big", "lib", "tool"], ["huge", "libc"]]);
    expect(auto(4)).toEqual([["libc"], ["big", "lib"], ["app", "tool"], ["huge"]]);
  });

  it("stops before there are too many, even if a smaller path would fit", () => {
    expect(auto(3)).toEqual(auto(2));
  });

  it("takes the last of equally large ones first", () => {
    const equal = closure({ a: "", b: "", c: "" }, { a: 5, b: 5, c: 1 });
    expect(layersOf(equal, { strategy: "auto", maxLayers: 2 })).toEqual([["b"], ["a", "c"]]);
  });

  it("is what auto-layer.py makes, the order of layers of equal size included", () => {
    const { runs } = golden("auto-layers.json");
    for (const { maxLayers, graph, layers } of runs) {
      // deno-lint-ignore no-explicit-any
      const closure = graph.map(([path, narSize, references]: any) => ({
        path,
        narSize,
        references,
      }));
      expect(layersOf(closure, { strategy: "auto", maxLayers })).toEqual(layers);
    }
    expect(runs.length).toBe(12);
  });

  it("leaves no layer above the maximum on a real closure", () => {
    const { graph } = recorded();
    expect(
      [10, 25, 50, 100].map((maxLayers) => layersOf(graph, { strategy: "auto", maxLayers }).length),
    ).toEqual([7, 25, 49, 100]);
  });
});

describe("layersLeft", () => {
  it("counts the base and one more for dockerTools, nothing for nix2container", () => {
    expect(countLayersLeft("dockertools", 100)).toBe(99);
    expect(countLayersLeft("dockertools", 4, 2)).toBe(1);
    expect(countLayersLeft("nix2container", 1, 5)).toBe(1);
  });

  it("names both numbers and the least that works", () => {
    expect(() => countLayersLeft("dockertools", 3, 2)).toThrow(expect.objectContaining({
      code: "USAGE",
      message: "maxLayers is 3, which leaves no layer for store paths: the base image has 2, " +
        "one is kept for files outside the store",
      hint: "set maxLayers to 4 or more",
    }));
    expect(() => countLayersLeft("dockertools", 1)).toThrow(expect.objectContaining({
      message: "maxLayers is 1, which leaves no layer for store paths: one is kept for files " +
        "outside the store",
      hint: "set maxLayers to 2 or more",
    }));
    expect(() => countLayersLeft("nix2container", 0)).toThrow("1 or more, not 0");
  });
});
