import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { cliReference } from "../../src/cli/page.ts";

it("docs/cli.md says what the commands say: run `npm run docs` when it does not", async () => {
  const page = await readFile(new URL("../../docs/cli.md", import.meta.url), "utf8");
  expect(page).toBe(await cliReference());
});
