/** The public face: what programs import, they can also name. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { listModules, ROOT } from "./docs/support/public-functions.ts";
import {
  describeDeclared,
  listNamedTypes,
  listOwnTypes,
  listPublicDeclarations,
} from "./support/public-types.ts";

/** Helpers that compute a type of ours: what they come to has public names. */
const COMPUTE = new Set(["FieldValues", "IntersectionOf"]);

it("public declarations name public types only", () => {
  const declared = listPublicDeclarations();
  expect(declared.length).toBeGreaterThan(200);
  const known = new Set(declared.map(({ name }) => name));
  const own = listOwnTypes();
  const hidden = declared.flatMap((one) =>
    [...listNamedTypes(one)].filter((name) =>
      own.has(name) && !known.has(name) && !COMPUTE.has(name)
    )
      .map((name) => `${name} in ${describeDeclared(one)}`)
  );
  expect([...new Set(hidden)].sort()).toEqual([]);
});

it("the whole of the package has all names of its parts", async () => {
  const main = new Set(Object.keys(await import("../src/mod.ts")));
  const inNamespaces = ["nixoci/tar", "nixoci/lock"];
  const missing: string[] = [];
  for (const [name, file] of listModules()) {
    if (inNamespaces.includes(name)) continue;
    for (const key of Object.keys(await import(file))) {
      if (!main.has(key)) missing.push(`${name} ${key}`);
    }
  }
  expect(missing).toEqual([]);
});

it("Deno finds the parts of the package where Node does", () => {
  const { imports } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
  const files = Object.entries<string>(imports).map(([name, file]) => [name, join(ROOT, file)]);
  expect(new Map(files as [string, string][])).toEqual(listModules());
});
