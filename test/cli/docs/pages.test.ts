import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { createCliPages } from "../../../src/cli/docs/pages.ts";

const DOCS = new URL("../../../docs/", import.meta.url);
const pages = await createCliPages();

it.each([...pages])(
  "docs/%s says what the commands say: run `npm run docs` when it does not",
  async (path, page) => {
    expect(await readFile(new URL(path, DOCS), "utf8")).toBe(page);
  },
);

it("docs/cli has no other pages", async () => {
  const files = (await readdir(new URL("cli", DOCS))).map((file) => `cli/${file}`);
  expect(files.sort()).toEqual([...pages.keys()].filter((path) => path.startsWith("cli/")).sort());
});
