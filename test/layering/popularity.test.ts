import { describe, expect, it, test } from "vitest";
import { rankByContest } from "../../src/layering/contest.ts";
import { type Graph, graphOf } from "../../src/layering/graph.ts";
import { layersOf } from "../../src/layering/mod.ts";
import { rankByPopularity } from "../../src/layering/popularity.ts";
import { ARTICLE, closure, dice, randomClosure, recorded } from "./closures.ts";

describe("popularity, as nix2container has it", () => {
  const { graph, runs } = recorded();

  test.for(runs)("makes its layers of a real closure, maxLayers $maxLayers", (run) => {
    const layers = layersOf(graph, { strategy: "popularity", maxLayers: run.maxLayers });
    expect(layers).toEqual(run.layers);
  });

  it("sorts the article's example as its own test has it", () => {
    expect(rankByPopularity(ARTICLE).join("")).toBe("FEDCGBA");
  });

  it("breaks ties by the order in which paths are heard of", () => {
    expect(rankByPopularity(closure({ a: "c b", b: "", c: "" }))).toEqual(["b", "c", "a"]);
    expect(rankByPopularity(closure({ b: "", c: "", a: "c b" }))).toEqual(["c", "b", "a"]);
  });

  it("of equals puts the one first that was first mentioned last", () => {
    // What nix2container's closure/popularity.go makes of it, ties and all.
    const graph = { p4: "p2 p0", p1: "", p2: "p1", p3: "p0", p5: "p4", p0: "" };
    expect(rankByPopularity(closure(graph)).join(" ")).toBe("p1 p0 p2 p4 p5 p3");
  });

  it("counts in 64 bits that wrap round, as Go does", () => {
    const graph: Record<string, string> = { s60: "" };
    const scores = new Map([["s0", 1n]]);
    for (let i = 0; i < 60; i++) {
      graph[`s${i}`] = `l${i} m${i} s${i + 1}`;
      graph[`l${i}`] = graph[`m${i}`] = `s${i + 1}`;
      const score = scores.get(`s${i}`)!;
      scores.set(`s${i + 1}`, BigInt.asIntN(64, 1n + score + 2n * (1n + score)));
    }
    const sorted = rankByPopularity(closure(graph)).filter((path) => path.startsWith("s"));
    const expected = [...scores].sort(([, a], [, b]) => a < b ? 1 : -1).map(([path]) => path);
    expect(sorted).toEqual(expected);
    expect(sorted[0]).not.toBe("s60");
  });
});

/** The contest as it is defined: counters that wander up the tree, one more at each step. */
function naiveScores({ paths, references }: Graph): Map<string, number> {
  const contest = (children: readonly number[]): Map<number, number> => {
    const scores = new Map<number, number>();
    const add = (vertex: number, score: number) =>
      scores.set(vertex, (scores.get(vertex) ?? 0) + score);
    for (const child of children) {
      add(child, 1);
      for (const [needed, score] of contest(references[child]!)) add(needed, score + 1);
    }
    return scores;
  };
  const needed = new Set(references.flat());
  const roots = [...paths.keys()].filter((vertex) => !needed.has(vertex));
  return new Map([...contest(roots)].map(([vertex, score]) => [paths[vertex]!, score]));
}

describe("popularity contest, as dockerTools has it", () => {
  it("sorts the article's example as the article does", () => {
    expect(rankByContest(graphOf(ARTICLE)).join("")).toBe("FEDCBGA");
    expect(Object.fromEntries(naiveScores(graphOf(ARTICLE))))
      .toEqual({ A: 1, B: 2, C: 3, D: 4, E: 5, F: 9, G: 2 });
  });

  it("scores as counters do that wander up the tree", () => {
    const roll = dice(4);
    for (let round = 0; round < 40; round++) {
      const graph = graphOf(randomClosure(1 + roll(14), roll));
      const scores = naiveScores(graph);
      const sorted = rankByContest(graph).map((path) => scores.get(path)!);
      expect(sorted).toEqual([...sorted].sort((a, b) => b - a));
      expect(sorted).toHaveLength(graph.paths.length);
    }
  });

  it("breaks ties by name and hash with a dash between them", () => {
    const graph = graphOf(closure({ "/3-lib": "", "/1-lib": "", "/2-lib+x": "", "/0-lib.a": "" }));
    expect(rankByContest(graph)).toEqual(["/2-lib+x", "/1-lib", "/3-lib", "/0-lib.a"]);
  });

  it("counts exactly, however many ways there are", () => {
    // 90 diamonds: 2^90 ways to the end, which refers to `a` and `b`; so does the top, to `b` alone.
    const graph: Record<string, string> = { s90: "a b", a: "", b: "" };
    for (let i = 0; i < 90; i++) {
      graph[`s${i}`] = `l${i} m${i}`;
      graph[`l${i}`] = graph[`m${i}`] = `s${i + 1}`;
    }
    graph.s0 += " b";
    expect(rankByContest(graphOf(closure(graph))).slice(0, 3)).toEqual(["b", "a", "s90"]);
  });
});
