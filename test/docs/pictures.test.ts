/** The pictures of the documents are those that the code draws, and can be read. */
import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { drawPictures } from "../../tools/pictures/mod.ts";

const DOCS = new URL("../../docs/", import.meta.url);
const pictures = await drawPictures();

it.each([...pictures])(
  "docs/%s is what the code draws: run `npm run docs` when it is not",
  async (path, picture) => {
    expect(await readFile(new URL(path, DOCS), "utf8")).toBe(picture);
  },
);

it.each([...pictures])("the words of %s stay inside", (_, picture) => {
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(picture)!;
  const words = [...picture.matchAll(/<text class="\w+" x="([\d.]+)" y="([\d.]+)">([^<]*)</g)];
  expect(words.length).toBeGreaterThan(2);
  for (const [, x, y, text] of words) {
    // A letter takes some 7 pixels.
    expect(Number(x) + text!.length * 7, text).toBeLessThan(Number(width));
    expect(Number(y), text).toBeLessThan(Number(height));
  }
});

it("a page shows each of them, and says in words what is to be seen", async () => {
  const names = (await readdir(DOCS, { recursive: true })).filter((name) => name.endsWith(".md"));
  const pages = await Promise.all(names.map((name) => readFile(new URL(name, DOCS), "utf8")));
  for (const path of pictures.keys()) {
    expect(pages.join("\n")).toMatch(new RegExp(`!\\[[^\\]]{60,}\\]\\(${path}\\)`));
  }
});
