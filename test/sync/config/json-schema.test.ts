/** The published schema of files for sync. */
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { createSyncJsonSchema } from "../../../src/sync/config/own-schema.ts";

it("docs/nixoci.sync.schema.json is up to date: run `npm run docs` when it is not", async () => {
  const file = new URL("../../../docs/nixoci.sync.schema.json", import.meta.url);
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual(createSyncJsonSchema());
});
