/** Layers beside those that igraph makes: nixpkgs' pipelines and its automatic layering. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../src/base/errors.ts";
import { layersOf, type Pipeline } from "../../src/layering/mod.ts";
import type { PathInfo } from "../../src/nix/formats/path-info.ts";
import { dice, randomClosure, recorded, shuffled } from "../layering/closures.ts";
import { run } from "./support/command.ts";
import { lacks } from "./support/peers.ts";

const ORACLE = fileURLToPath(new URL("support/layering.py", import.meta.url));
const LIMITS = [1, 2, 3, 5, 8, 13, 21, 50];

interface Answer {
  readonly pipelines: readonly (string[][] | null)[];
  readonly auto: readonly string[][][];
}

// Debian's modules are for Debian's Python, whatever other one is first in PATH.
async function ask(graph: readonly PathInfo[], pipelines: readonly Pipeline[]): Promise<Answer> {
  const input = JSON.stringify({ graph, pipelines, limits: LIMITS });
  const env = { ...process.env, PYTHONHASHSEED: "0" };
  return JSON.parse(await run(["/usr/bin/python3", ORACLE], { input, env }));
}

type Roll = (limit: number) => number;
type Operation = Pipeline[number];
type Shape = "graph" | "list" | "parts" | "lists";

const SHAPES: Readonly<Record<string, Shape>> = {
  popularity_contest: "list",
  split_every: "list",
  split_paths: "parts",
  subcomponent_in: "parts",
  subcomponent_out: "parts",
};

/** Pipelines that mostly fit together; some fail, as nixpkgs' would. */
function randomPipeline(paths: readonly string[], roll: Roll, depth = 0): Pipeline {
  const path = () => roll(8) === 0 ? "/nix/store/none-x" : paths[roll(paths.length)]!;
  const some = () => Array.from({ length: 1 + roll(3) }, path);
  const one = <T>(...makers: (() => T)[]): T => makers[roll(makers.length)]!();
  const onGraph = (): Operation =>
    one<Operation>(
      () => ["popularity_contest"],
      () => [
        "split_paths",
        some().map((at) => roll(3) ? at : { children_of: one<unknown>(() => at, some) }),
      ],
      () => ["split_every", 1 + roll(5)],
      () => ["remove_paths", one<unknown>(path, some)],
      () => ["subcomponent_in", some()],
      () => ["subcomponent_out", some()],
    );
  const nested = (): Operation =>
    depth < 2 && roll(2) ? ["pipe", randomPipeline(paths, roll, depth + 1)] : onGraph();
  const onList = (): Operation =>
    one<Operation>(
      () => ["limit_layers", 1 + roll(6)],
      () => ["reverse"],
      () => ["flatten"],
      () => ["map", nested()],
    );
  const onParts = (): Operation =>
    roll(3) ? ["over", one(() => "main", () => "rest", () => "common"), nested()] : ["flatten"];
  let shape: Shape = "graph";
  return Array.from({ length: 1 + roll(4) }, () => {
    const operation = shape === "graph"
      ? onGraph()
      : shape === "parts"
      ? onParts()
      : shape === "list"
      ? onList()
      : one<Operation>(() => ["flatten"], () => ["reverse"], () => ["limit_layers", 1 + roll(4)]);
    const [name] = operation;
    if (name === "flatten") shape = "list";
    else if (name === "map") shape = "lists";
    else shape = SHAPES[name] ?? shape;
    return operation;
  });
}

describe.skipIf(lacks("python3-igraph"))("layers are those that igraph makes", () => {
  it("of a real closure and of random ones", async () => {
    const roll = dice(2026);
    let compared = 0;
    for (let round = 0; round < 12; round++) {
      const random = randomClosure(1 + roll(40), roll);
      const graph = round === 0 ? recorded().graph : shuffled(random, roll);
      const paths = graph.map(({ path }) => path);
      const pipelines = Array.from({ length: 60 }, () => randomPipeline(paths, roll));
      const answer = await ask(graph, pipelines);
      for (const [i, pipeline] of pipelines.entries()) {
        const theirs = answer.pipelines[i]!;
        if (theirs === null) continue; // nixpkgs fails there
        expect(layersOf(graph, { pipeline }), JSON.stringify(pipeline)).toEqual(theirs);
        compared++;
      }
      for (const [i, maxLayers] of LIMITS.entries()) {
        expect(layersOf(graph, { strategy: "auto", maxLayers })).toEqual(answer.auto[i]);
      }
    }
    expect(compared).toBeGreaterThan(400);
  });

  it("and where a pipeline cannot go on, it cannot here", async () => {
    const { graph } = recorded();
    const pipelines: Pipeline[] = [
      [["split_paths", ["none"]], ["over", "main", ["popularity_contest"]]],
      [["map", ["popularity_contest"]]],
      [["popularity_contest"], ["popularity_contest"]],
      [["split_every", 9], ["over", "rest", ["reverse"]]],
      [["subcomponent_in", [graph[3]!.path]], ["limit_layers", 2]],
    ];
    expect((await ask(graph, pipelines)).pipelines).toEqual(pipelines.map(() => null));
    for (const pipeline of pipelines) {
      let code: string | undefined;
      try {
        layersOf(graph, { pipeline });
      } catch (error) {
        code = codeOf(error);
      }
      expect(code, JSON.stringify(pipeline)).toBe("USAGE");
    }
  });
});
