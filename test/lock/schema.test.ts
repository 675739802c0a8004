import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { createLockJsonSchema } from "../../src/lock/mod.ts";

it("docs/nixoci.lock.schema.json is the schema: run `npm run docs` when it is not", async () => {
  const file = new URL("../../docs/nixoci.lock.schema.json", import.meta.url);
  expect(await readFile(file, "utf8")).toBe(JSON.stringify(createLockJsonSchema(), null, 2) + "\n");
});
