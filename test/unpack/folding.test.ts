/** T9, on a file system that takes `A` and `a` for one name: played by names in lower case. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mergeLayers } from "../../src/flatten/merge.ts";
import { finishTree } from "../../src/unpack/finish.ts";
import { createLeftOut } from "../../src/unpack/attributes.ts";
import { createNaming } from "../../src/unpack/naming.ts";
import { createPool } from "../../src/unpack/pool.ts";
import { makeEntries } from "../../src/unpack/make-entries.ts";
import { temporaryFolder } from "../support/folder.ts";
import { file, imageOfLayers, type LayerSpec } from "./support.ts";

async function unpackFolding(layer: LayerSpec): Promise<string[]> {
  const folder = await temporaryFolder();
  const [tree, spare] = ["tree/", "spare/"].map((name) => join(folder, name));
  for (const path of [tree!, spare!]) mkdirSync(path);
  const contents = createPool(spare!);
  const flat = await mergeLayers(await imageOfLayers([layer]), contents);
  const names = createNaming(tree!, spare!);
  const site = {
    names: { ...names, folds: true, pathOf: (name: string) => tree + name.toLowerCase() },
    pool: contents,
    places: undefined,
    powers: { owners: false, special: false },
    tar: false,
    left: createLeftOut(),
    signal: undefined,
  };
  await finishTree(flat, await makeEntries(flat, site), site);
  return readdirSync(tree!).sort();
}

const link = { type: "symlink", linkpath: "/etc" } as const;

describe("names that become one", () => {
  it.each<[string, LayerSpec, RegExp]>([
    ["two files", { A: file("1"), a: file("2") }, /Cannot make "a": .*another/],
    ["two directories", { "D/x": file("1"), "d/y": file("2") }, /Cannot make "d"/],
    ["a link, and a directory to be led astray by it", { L: link, "l/x": file("1") }, /make "l"/],
    ["a directory, and a link to replace it", { "L/x": file("1"), l: link }, /make "l"/],
    ["a link and a file", { L: link, l: file("1") }, /make "l"/],
  ])("refuses %s", async (_, layer, message) => {
    await expect(unpackFolding(layer)).rejects.toThrow(message);
  });

  it("takes names that stay apart", async () => {
    const layer: LayerSpec = { A: file("1"), b: file("2"), "C/D": link };
    expect(await unpackFolding(layer)).toEqual(["a", "b", "c"]);
  });
});
