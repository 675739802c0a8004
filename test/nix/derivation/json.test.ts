import { describe, expect, it } from "vitest";
import { codeOf } from "../../../src/base/errors.ts";
import { formatDerivation } from "../../../src/nix/derivation/aterm/format.ts";
import { formatDerivations } from "../../../src/nix/derivation/json/format.ts";
import { parseDerivations } from "../../../src/nix/derivation/json/parse.ts";
import { encodeJsonValue, parseJsonValue } from "../../../src/nix/derivation/json/value.ts";
import {
  DERIVATIONS,
  derivationWith,
  golden,
  goldenPathOf,
  readGolden,
} from "../support/derivations.ts";

const VERSIONS = [1, 2, 3, 4] as const;

/** Those that JSON can hold; a deferred output is only in the last form's fixture. */
const shown = [...DERIVATIONS.keys()].filter((path) => !/gtk|deferred/.test(path)).sort();

function failureOf(text: string): { code: unknown; message: string } {
  try {
    parseDerivations(text);
  } catch (error) {
    return { code: codeOf(error), message: (error as Error).message };
  }
  return { code: "none", message: "" };
}

describe("what nix derivation show prints", () => {
  it.each(VERSIONS)("is read in form %i", (version) => {
    const derivations = parseDerivations(readGolden(`show-${version}.json`).toString());
    expect([...derivations.keys()].sort()).toEqual(shown);
    for (const [path, derivation] of derivations) {
      expect(formatDerivation(derivation).equals(readGolden(path.slice(11))), path).toBe(true);
    }
  });

  it.each(VERSIONS)("is written in form %i", (version) => {
    const all = new Map(shown.map((path) => [path, DERIVATIONS.get(path)!]));
    const written = JSON.parse(formatDerivations(all, version));
    const expected = JSON.parse(readGolden(`show-${version}.json`).toString());
    // Nix said the name from 2.15 on.
    if (version === 1) { for (const path of shown) expected[path].name = path.slice(44, -4); }
    expect(written).toEqual(expected);
  });

  it("may have structured attributes apart in form 2, as Nix 2.30 and 2.31 had them", () => {
    const all = JSON.parse(readGolden("show-2.json").toString());
    const path = goldenPathOf("structured-1");
    const { env: { __json, ...env }, ...rest } = all[path];
    const apart = { [path]: { ...rest, env, structuredAttrs: JSON.parse(__json) } };
    expect(parseDerivations(JSON.stringify(apart)).get(path)).toEqual(DERIVATIONS.get(path));
  });

  it("may be one derivation that stands alone", () => {
    const { derivations } = JSON.parse(readGolden("show-4.json").toString());
    const [alone] = Object.values(derivations);
    const [path, derivation] = [...parseDerivations(JSON.stringify(alone))][0]!;
    expect(derivation).toEqual(DERIVATIONS.get(path));
  });

  it("cannot hold bytes that are not UTF-8, and says which variable has them", () => {
    const map = new Map([[goldenPathOf("gtk+-3.24"), golden("gtk+-3.24")]]);
    expect(() => formatDerivations(map, 4))
      .toThrow('Cannot write gtk+-3.24 as JSON: the variable "bytes" is not UTF-8');
  });

  const path = `/nix/store/${"a".repeat(32)}-a.drv`;
  const one = JSON.parse(formatDerivations(new Map([[path, derivationWith({})]]), 3));
  const fields = Object.values(one)[0] as Record<string, unknown>;
  const failWith = (changed: object) =>
    failureOf(JSON.stringify({ [path]: { ...fields, ...changed } }));

  it.each([
    ["another version", { version: 5 }, "UNSUPPORTED", `${path}: its version 5 is not known`],
    ["an unknown field", { "sec\nret": 1 }, "MALFORMED", 'a field that is not known: "sec\\nret"'],
    ["no builder", { builder: undefined }, "MALFORMED", "it has no builder"],
    ["a number as text", { system: 1 }, "MALFORMED", "its system: not a text"],
    ["args of another kind", { args: "secret" }, "MALFORMED", "its args: not a list"],
    [
      "a dynamic input",
      {
        inputDrvs: { [path]: { outputs: ["out"], dynamicOutputs: { out: {} } } },
      },
      "UNSUPPORTED",
      `an input comes from a derivation that ${path} makes`,
    ],
    [
      "a strange output",
      { outputs: { out: { method: "nar", hashAlgo: "x" } } },
      "MALFORMED",
      "not known",
    ],
    ["structure twice", { structuredAttrs: {}, env: { __json: "{}" } }, "MALFORMED", "both"],
  ])("is refused with %s", (_, changed, code, message) => {
    const failure = failWith(changed);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
    expect(failure.message).not.toContain("secret");
  });

  it.each([
    ["", "not valid JSON"],
    ["secret", "not valid JSON"],
    ["[]", "not an object"],
    ["{}", "no derivations"],
    ['{"version":5,"derivations":{}}', "its version 5 is not known"],
    ['{"version":"x","derivations":{}}', "its version that is not a number is not known"],
    [`{"${path}":1}`, "it is not an object"],
    ['{"a":{}}', "not a store path"],
    ["[".repeat(100_000) + "]".repeat(100_000), "it is"],
  ])("is refused: %.20s", (text, message) => {
    const failure = failureOf(text);
    expect(failure.message).toContain(message);
    expect(failure.message).not.toContain("secret");
  });
});

it.each([
  ["1.0", "1.0"],
  ["-0.0", "-0.0"],
  ["1e10", "10000000000.0"],
  ["1e15", "1e+15"],
  ["123456789012345.6", "123456789012345.6"],
  ["0.0001", "0.0001"],
  ["0.00001", "1e-05"],
  ["1.25e-7", "1.25e-07"],
  ["9007199254740993", "9007199254740993"],
  ["18446744073709551615", "18446744073709551615"],
  ["18446744073709551616", "1.8446744073709552e+19"],
  ['{"b":1,"a":[true,null,"é\\u001f\\/"]}', '{"a":[true,null,"é\\u001f/"],"b":1}'],
  ['{"__proto__":1,"10":2,"9":3}', '{"10":2,"9":3,"__proto__":1}'],
])("Nix's JSON keeps numbers as they are: %s", (text, expected) => {
  expect(encodeJsonValue(parseJsonValue(text, "it"))).toBe(expected);
});
