/** The page of options: every field is there, and what it gives as default and example can be written. */
import { describe, expect, it } from "vitest";
import { BECOMES } from "../../../src/cli/docs/options/becomes.ts";
import { listOptions, type SpecOption } from "../../../src/cli/docs/options/list-options.ts";
import type { SchemaNode } from "../../../src/cli/docs/options/schema.ts";
import { createSpecJsonSchema } from "../../../src/compose/spec/json-schema.ts";
import { checkSpec } from "../../../src/compose/spec/read.ts";

const options = listOptions(createSpecJsonSchema() as SchemaNode);

/** Values of what must be there and has no example, by their types. */
const NEEDED: Record<string, unknown> = { "a string": "a-word" };

/** Writes a value at a path, beside what its object needs, as a SPEC would have it. */
function placeValue({ path }: SpecOption, value: unknown): unknown {
  const names = path.split(".");
  return names.reduceRight<unknown>((inner, name, depth) => {
    const folder = names.slice(0, depth).map((one) => `${one}.`).join("");
    const needed = options.filter((one) => one.isNeeded)
      .filter((one) => one.path.startsWith(folder))
      .map((one) => [one.path.slice(folder.length), one.example ?? NEEDED[one.type]] as const)
      .filter(([rest]) => folder !== "" && !/[.[]/.test(rest));
    return { ...Object.fromEntries(needed), [name === "<name>" ? "one" : name]: inner };
  }, value);
}

describe("options", () => {
  it("are listed with those in them, once each", () => {
    const paths = options.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining([
      "users.mutableUsers",
      "users.<name>.openssh.authorizedKeys.keys",
      "groups.<name>.gid",
      "etc.<name>.source",
      "nix.buildMachines[].hostName",
      "layers[].deps",
      "helpers.fakeNss.extraPasswdLines",
    ]));
    expect(new Set(paths).size).toBe(paths.length);
    expect(options.filter(({ means }) => means === "").map(({ path }) => path)).toEqual([]);
  });

  it("say what they become, and which values they take", () => {
    expect(options.filter(({ becomes }) => becomes === undefined).map(({ path }) => path)).toEqual(
      [],
    );
    expect(options.filter(({ type }) => type.includes("anything")).map(({ path }) => path)).toEqual(
      [],
    );
    const typeOf = (path: string) => options.find((one) => one.path === path)?.type;
    expect(typeOf("services.<name>.stopTimeout")).toBe("a number, 0 or more");
    expect(typeOf("services.<name>.nice")).toBe("a whole number from -20 to 19");
  });

  it("are all there are that the page has a result for", () => {
    const paths = new Set(options.map(({ path }) => path));
    expect(Object.keys(BECOMES).filter((path) => !paths.has(path))).toEqual([]);
  });

  it("of machines have examples", () => {
    const without = options.filter(({ path, example }) =>
      /^(users|groups|etc|nix|image|systemPackages|ids)\b/.test(path) && example === undefined
    );
    // Those that hold others, and the two that are a name or a number of these.
    expect(without.map(({ path }) => path)).toEqual([
      "image",
      "users",
      "users.<name>.name",
      "users.<name>.subUidRanges[].startUid",
      "users.<name>.subUidRanges[].count",
      "users.<name>.subGidRanges[].startGid",
      "users.<name>.subGidRanges[].count",
      "users.<name>.openssh",
      "users.<name>.openssh.authorizedKeys",
      "groups",
      "groups.<name>.name",
      "etc",
      "nix",
      "nix.buildMachines[].hostName",
      "nix.buildMachines[].maxJobs",
      "nix.buildMachines[].publicHostKey",
    ]);
  });

  const shown = options.filter(({ path }) => !path.includes("[]"))
    .flatMap((one) => [[one, one.example], [one, one.usual]] as const)
    .filter(([, value]) => value !== undefined)
    .map(([one, value]) => [one.path, JSON.stringify(value), one, value] as const);
  it.each(shown)("%s may be %s", async (_path, _text, option, value) => {
    await checkSpec(placeValue(option, value), "the example");
  });
});
