import { describe, expect, it, test } from "vitest";
import { layersOf, type Pipeline } from "../../src/layering/mod.ts";
import { checkPipeline } from "../../src/layering/pipeline/mod.ts";
import { pipelineSchema } from "../../src/layering/pipeline/schema.ts";
import { closure, recorded } from "./closures.ts";

// Sizes ascend from left to right, so that names are in the order in which paths go in.
const GRAPH = closure({
  R1: "A",
  R2: "B",
  R3: "C",
  A: "B C",
  B: "D E G",
  C: "",
  D: "",
  E: "F",
  F: "",
  G: "",
});

const layers = (pipeline: Pipeline, graph = GRAPH): string[] =>
  layersOf(graph, { pipeline }).map((layer) => layer.join(" "));

describe("the operations", () => {
  test.for<[string, Pipeline, string[]]>([
    ["nothing: one layer", [], ["R1 R2 R3 A B C D E F G"]],
    ["popularity_contest", [["popularity_contest"]], [..."FDEGBCA", "R1", "R2", "R3"]],
    ["limit_layers", [["popularity_contest"], ["limit_layers", 3]], [
      "F",
      "D",
      "E G B C A R1 R2 R3",
    ]],
    ["limit_layers 1", [["popularity_contest"], ["limit_layers", 1]], ["F D E G B C A R1 R2 R3"]],
    [
      "limit_layers that has no effect leaves no empty layer",
      [["split_every", 5], ["limit_layers", 9]],
      ["R1 R2 R3 A B", "C D E F G"],
    ],
    [
      "limit_layers adds its last one all the same",
      [["split_every", 5], ["limit_layers", 9], ["reverse"], ["limit_layers", 2]],
      ["C D E F G R1 R2 R3 A B"],
    ],
    ["reverse", [["split_every", 4], ["reverse"]], ["F G", "B C D E", "R1 R2 R3 A"]],
    ["split_every", [["split_every", 4]], ["R1 R2 R3 A", "B C D E", "F G"]],
    ["remove_paths, one", [["remove_paths", "R1"], ["split_every", 8]], ["R2 R3 A B C D E F", "G"]],
    ["remove_paths, several", [["remove_paths", ["G", "none", "R1"]]], ["R2 R3 A B C D E F"]],
    ["subcomponent_out", [["subcomponent_out", ["B", "R3"]]], ["R3 B C D E F G", "R1 R2 A"]],
    ["subcomponent_in", [["subcomponent_in", ["B"]]], ["R1 R2 A B", "R3 C D E F G"]],
    ["subcomponent of nothing", [["subcomponent_in", ["none"]]], ["R1 R2 R3 A B C D E F G"]],
    ["split_paths", [["split_paths", ["A"]]], ["A", "B C D E F G", "R1 R2 R3"]],
    ["split_paths, nothing in common", [["split_paths", ["E"]]], ["E F", "R1 R2 R3 A B C D G"]],
    ["split_paths at what is not there", [["split_paths", ["none"]]], ["R1 R2 R3 A B C D E F G"]],
    [
      "split_paths at children",
      [["split_paths", [{ children_of: ["B", "none"] }]]],
      ["D E F G", "R1 R2 R3 A B C"],
    ],
    [
      "split_paths at the children of one",
      [["split_paths", ["R2", { children_of: "R3" }]]],
      ["R2 C", "B D E F G", "R1 R3 A"],
    ],
    [
      "over, pipe and map",
      [
        ["split_paths", ["B"]],
        ["over", "main", ["pipe", [["subcomponent_in", ["B"]], ["over", "rest", [
          "popularity_contest",
        ]]]]],
        ["flatten"],
        ["map", ["remove_paths", "R3"]],
        ["limit_layers", 5],
      ],
      ["B", "F", "D", "E", "G R1 R2 A C"],
    ],
    [
      "what was split off is referred to no more",
      [["split_paths", ["B", "E"]], ["over", "main", ["popularity_contest"]]],
      ["D", "F", "G", "B", "E", "R1 R2 R3 A C"],
    ],
  ])("%s", ([, pipeline, expected]) => expect(layers(pipeline)).toEqual(expected));

  it("makes all main when the only root is split off", () => {
    const graph = closure({ R: "A", A: "B", B: "" });
    expect(layers([["split_paths", ["R", "B"]], ["over", "main", ["split_every", 1]]], graph))
      .toEqual(["R", "A", "B"]);
  });

  it("takes paths in by size, and keeps the order of equals", () => {
    const graph = closure({ A: "", B: "", C: "", D: "" }, { A: 3, C: 2 });
    expect(layers([["split_every", 1]], graph)).toEqual(["B", "D", "C", "A"]);
  });

  it("does what popularity-contest does", () => {
    const { graph } = recorded();
    for (const maxLayers of [1, 10, 99, 200]) {
      expect(layersOf(graph, { pipeline: [["popularity_contest"], ["limit_layers", maxLayers]] }))
        .toEqual(layersOf(graph, { strategy: "popularity-contest", maxLayers }));
    }
  });
});

const THERE = "flatten, over, pipe, map, split_every, split_paths, limit_layers, remove_paths, " +
  "reverse, subcomponent_in, subcomponent_out, popularity_contest";

/** What is not even a pipeline; each has something wrong at the place that its message names. */
const MALFORMED: readonly [pipeline: unknown, message: string][] = [
  ["flatten", 'layeringPipeline must be a list of operations, not "flatten"'],
  [undefined, "layeringPipeline must be a list of operations, not nothing"],
  [
    ["flatten"],
    "layeringPipeline[0] must be a list that begins with the name of an operation, " +
    'not "flatten"',
  ],
  [
    [["flatten"], []],
    "layeringPipeline[1] must be a list that begins with the name of an " +
    "operation, not []",
  ],
  [[["split_path", []]], 'layeringPipeline[0]: there is no operation "split_path"'],
  [[["x".repeat(100)]], `layeringPipeline[0]: there is no operation "${"x".repeat(56)}...`],
  [[["toString"]], 'layeringPipeline[0]: there is no operation "toString"'],
  [[["over", "main", ["contest"]]], 'layeringPipeline[0][2]: there is no operation "contest"'],
  [
    [["flatten"], ["map", ["pipe", [["reverse"], ["x"]]]]],
    'layeringPipeline[1][1][1][1]: there is no operation "x"',
  ],
  [[["flatten", 1]], 'layeringPipeline[0]: "flatten" takes no arguments, but has 1 argument'],
  [
    [["over", "rest"]],
    'layeringPipeline[0]: "over" takes one of main, common, rest and an ' +
    "operation, such as [popularity_contest], but has 1 argument",
  ],
  [
    [["limit_layers"]],
    'layeringPipeline[0]: "limit_layers" takes a whole number, 1 or more, but ' +
    "has 0 arguments",
  ],
  [[["limit_layers", 0]], "layeringPipeline[0][1] must be a whole number, 1 or more, not 0"],
  [[["split_every", "5"]], 'layeringPipeline[0][1] must be a whole number, 1 or more, not "5"'],
  [
    [["over", "mine", ["flatten"]]],
    'layeringPipeline[0][1] must be one of main, common, rest, not "mine"',
  ],
  [
    [["subcomponent_out", "/nix/store/x"]],
    "layeringPipeline[0][1] must be a list of paths, not " +
    '"/nix/store/x"',
  ],
  [[["remove_paths", 7]], "layeringPipeline[0][1] must be a path or a list of paths, not 7"],
  [
    [["split_paths", ["/nix/store/x", { childrenOf: "y" }]]],
    "layeringPipeline[0][1][1] must be a " +
    'path or { "children_of": a path or a list of paths }, not {"childrenOf":"y"}',
  ],
  [
    [["pipe", ["flatten"]]],
    "layeringPipeline[0][1][0] must be a list that begins with the name " +
    'of an operation, not "flatten"',
  ],
];

describe("what is wrong with a pipeline", () => {
  test.for(MALFORMED)("%j", ([pipeline, message]) => {
    expect(() => checkPipeline(pipeline)).toThrow(
      expect.objectContaining({ code: "USAGE", message }),
    );
  });

  test.for<[Pipeline, string]>([
    [[["map", ["flatten"]]], 'layeringPipeline[0]: "map" works on a list, but is given one graph'],
    [
      [["split_every", 2], ["popularity_contest"]],
      'layeringPipeline[1]: "popularity_contest" works on one graph, but is given a list',
    ],
    [
      [["split_paths", ["A"]], ["limit_layers", 2]],
      'layeringPipeline[1]: "limit_layers" works on a list, but is given parts (main, common, rest)',
    ],
    [
      [["popularity_contest"], ["over", "main", ["flatten"]]],
      'layeringPipeline[1]: "over" works on parts, but is given a list',
    ],
    [
      [["split_paths", ["none"]], ["over", "main", ["popularity_contest"]]],
      'layeringPipeline[1]: "over" finds no part "main" there, only rest',
    ],
  ])("%j", ([pipeline, message]) => {
    expect(() => layers(pipeline)).toThrow(expect.objectContaining({ code: "USAGE", message }));
  });

  it("says which operations there are, and which was meant", () => {
    expect(() => checkPipeline([["split_path", []]])).toThrow(
      expect.objectContaining({ hint: `did you mean split_paths? there are ${THERE}` }),
    );
    expect(() => checkPipeline([["zebra"]])).toThrow(
      expect.objectContaining({ hint: `there are ${THERE}` }),
    );
  });

  it("names another place when it stands elsewhere", () => {
    expect(() => checkPipeline([[]], "layers[2].layeringPipeline")).toThrow(
      "layers[2].layeringPipeline[0] must be a list",
    );
  });
});

describe("the schema", () => {
  it("takes what is a pipeline, and nothing else", () => {
    const good: Pipeline = [
      ["split_paths", ["/a", { children_of: "/b" }, { children_of: ["/c"] }]],
      ["over", "rest", ["pipe", [["popularity_contest"], ["limit_layers", 3], ["reverse"]]]],
      ["flatten"],
      ["map", ["remove_paths", ["/d"]]],
    ];
    expect(pipelineSchema.safeParse(good).success).toBe(true);
    for (const [pipeline] of MALFORMED) {
      expect(pipelineSchema.safeParse(pipeline).success, JSON.stringify(pipeline)).toBe(false);
    }
  });

  it("can be published", async () => {
    const { toJSONSchema } = await import("zod/mini");
    expect(JSON.stringify(toJSONSchema(pipelineSchema, { io: "input" }))).toContain("children_of");
  });
});
