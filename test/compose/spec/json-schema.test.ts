/** The schema that is published is the one that is obeyed. */
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { createSpecJsonSchema } from "../../../src/compose/spec/json-schema.ts";
import { specSchema } from "../../../src/compose/spec/spec.ts";

it("docs/nixoci.build.schema.json is up to date: run `npm run docs` when it is not", async () => {
  const file = new URL("../../../docs/nixoci.build.schema.json", import.meta.url);
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual(createSpecJsonSchema());
});

it("says of every field what it means, and no more than a SPEC takes", () => {
  const { properties, additionalProperties } = createSpecJsonSchema() as {
    properties: Record<string, { description?: string }>;
    additionalProperties: boolean;
  };
  expect(additionalProperties).toBe(false);
  expect(Object.keys(properties).sort()).toEqual(Object.keys(specSchema.shape).sort());
  const silent = Object.entries(properties).filter(([, { description }]) => !description);
  expect(silent).toEqual([]);
});
