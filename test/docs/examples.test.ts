/** Every public function has an `@example`, which is checked by the compiler, and runs as it says. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exampleIn, listPublicFunctions } from "./support/public-functions.ts";
import {
  checkTypes,
  expectedOutput,
  findTricks,
  isAsExpected,
  type PlacedProgram,
  placePrograms,
  type ProgramOutcome,
  runPrograms,
} from "./support/programs.ts";
import { openWorld, type World } from "./support/world.ts";

const functions = await listPublicFunctions();
const examples = functions.flatMap(({ name, example }) =>
  example === undefined ? [] : [{ name, code: example }]
);

describe("the examples of public functions", () => {
  let world: World;
  let placed: PlacedProgram[];
  let outcomes: ProgramOutcome[];

  beforeAll(async () => {
    world = await openWorld();
    placed = await placePrograms(world, examples);
    outcomes = await runPrograms(world, placed);
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it("are there", () => {
    expect(functions.length).toBeGreaterThan(50);
    const without = functions.filter(({ example }) => example === undefined);
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it("are well typed", async () => {
    expect(await checkTypes(placed, await world.folder())).toBe("");
  });

  it.each(examples)("run as they say: $name", ({ name, code }) => {
    expect(findTricks(code)).toEqual([]);
    const { printed, error } = outcomes[examples.findIndex((one) => one.name === name)]!;
    expect(error).toBeUndefined();
    const expected = expectedOutput(code);
    expect(expected.length, "it prints a result").toBeGreaterThan(0);
    expect(expected, "each result has a comment").not.toContain(undefined);
    const wrong = printed.filter((line, i) => !isAsExpected(line, expected[i] ?? expected.at(-1)!));
    expect(wrong, `of ${JSON.stringify(printed)}`).toEqual([]);
    expect(printed.length).toBeGreaterThanOrEqual(expected.length);
  });
});

describe("the harness", () => {
  it("finds an example in a comment", () => {
    const comment = "/**\n * Adds.\n * @example\n * ```ts\n * add(1);\n * add(2);\n * ```\n */\n";
    expect(exampleIn(comment)).toBe("add(1);\nadd(2);");
    expect(exampleIn("/** Adds. */\n")).toBeUndefined();
  });

  it("notices tricks", () => {
    expect(findTricks("step(root, {} as never);")).toEqual(["as never"]);
    const open = 'const from = await openSource("oci-dir:in");';
    expect(findTricks(open)).toEqual(["const from = await openSource("]);
    expect(findTricks(`${open} await from[Symbol.asyncDispose]();`)).toEqual([]);
    expect(findTricks('await using from = await openSource("oci-dir:in");')).toEqual([]);
  });

  it("compares what is printed with the comment, … being anything", () => {
    expect(isAsExpected("sha256:abc", "sha256:…")).toBe(true);
    expect(isAsExpected("sha512:abc", "sha256:…")).toBe(false);
    expect(expectedOutput("const a = 1;\nconsole.log(a); // 1\nconsole.log(2);"))
      .toEqual(["1", undefined]);
  });
});
