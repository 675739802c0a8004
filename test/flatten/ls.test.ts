/** The list of files: what a path selects, and where its links lead. */
import { describe, expect, it } from "vitest";
import { type ListOptions, ls } from "../../src/flatten/ls.ts";
import { type Member, stack } from "./support/stack.ts";

async function pathsOf(layers: readonly (readonly Member[])[], options?: ListOptions) {
  return Array.from(await ls(await stack(layers), options), ({ path }) => path);
}

const LAYERS = [
  ["usr/bin/", "usr/bin/sh", "usr/lib/os", "bin -> usr/bin", "etc/os -> ../usr/lib/os"],
  ["etc/self -> self", "etc/gone -> nothing", "up -> ../../usr"],
];

describe("ls", () => {
  it.each<[string, string[]]>([
    ["usr/bin", ["/usr/bin", "/usr/bin/sh"]],
    ["/bin", ["/bin", "/usr/bin", "/usr/bin/sh"]],
    ["/bin/", ["/bin", "/usr/bin", "/usr/bin/sh"]],
    ["/bin/sh", ["/usr/bin/sh"]],
    ["up/lib", ["/usr/lib", "/usr/lib/os"]],
    ["/usr/lib/../bin/./sh", ["/usr/bin/sh"]],
    ["/etc/os", ["/etc/os"]],
    ["/etc/gone", ["/etc/gone"]],
  ])("of %s", async (path, expected) => {
    expect(await pathsOf(LAYERS, { path })).toEqual(expected);
  });

  it("of the root, or without a path, has everything", async () => {
    const all = await pathsOf(LAYERS);
    expect(all.length).toBe(11);
    expect(await pathsOf(LAYERS, { path: "/" })).toEqual(all);
    expect(await pathsOf(LAYERS, { path: "usr/.." })).toEqual(all);
  });

  it("of one layer follows its own links alone", async () => {
    expect(await pathsOf(LAYERS, { path: "bin/sh", layer: 1 })).toEqual(["/usr/bin/sh"]);
    await expect(pathsOf(LAYERS, { path: "up/bin", layer: 2 })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it.each([["/nope", "NOT_FOUND"], ["/bin/sh/x", "NOT_FOUND"], ["/etc/gone/x", "NOT_FOUND"]])(
    "of %s, which is not there, fails",
    async (path, code) => {
      await expect(pathsOf(LAYERS, { path })).rejects.toMatchObject({ code });
      await expect(pathsOf(LAYERS, { path })).rejects.toThrow(JSON.stringify(path));
    },
  );

  it("of links in a circle fails", async () => {
    await expect(pathsOf(LAYERS, { path: "/etc/self/x" })).rejects.toMatchObject({
      code: "UNSAFE",
    });
  });

  it("names hard links by paths of the list", async () => {
    const files = [...await ls(await stack([["a/x", "b/y = a/x", "b/z = a/x"]]), { path: "b" })];
    expect(files.map(({ path, type, linkpath }) => [path, type, linkpath])).toEqual([
      ["/b", "directory", undefined],
      ["/b/y", "file", undefined],
      ["/b/z", "hardlink", "/b/y"],
    ]);
  });
});
