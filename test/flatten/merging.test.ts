/** What shows of layers: whiteouts, opaque directories, and what replaces what. */
import { describe, expect, it } from "vitest";
import { shown, stack } from "./support/stack.ts";

describe("layers merged", () => {
  it.each<[string, string[][], string[]]>([
    ["later files win", [["a", "b"], ["a"]], ["a: 2", "b: 1"]],
    ["a whiteout hides", [["d/", "d/a", "d/b"], ["d/.wh.a"]], ["d/", "d/b: 1"]],
    ["a whiteout of a directory hides all below it", [["d/", "d/a"], [".wh.d"]], []],
    ["a file that its own layer hides and makes stays", [["a"], ["a", ".wh.a"]], ["a: 2"]],
    ["a directory made anew has only what is new", [["d/", "d/old"], [".wh.d", "d/", "d/new"]], [
      "d/",
      "d/new: 2",
    ]],
    ["the same, the whiteout last", [["d/", "d/old"], ["d/", "d/new", ".wh.d"]], [
      "d/",
      "d/new: 2",
    ]],
    ["an opaque directory, first", [["d/", "d/old"], ["d/", "d/.wh..wh..opq", "d/new"]], [
      "d/",
      "d/new: 2",
    ]],
    ["an opaque directory, last", [["d/", "d/old"], ["d/", "d/new", "d/.wh..wh..opq"]], [
      "d/",
      "d/new: 2",
    ]],
    ["an opaque directory, before its own entry", [["d/o/", "d/o/x"], ["d/.wh..wh..opq", "d/"]], [
      "d/",
    ]],
    [
      "an opaque directory hides what is deep below it",
      [["d/e/f/x"], ["d/.wh..wh..opq", "d/e/y"]],
      [
        "d/",
        "d/e/",
        "d/e/y: 2",
      ],
    ],
    ["an opaque directory that no later layer shares", [["d/x"], ["d/.wh..wh..opq", "d/y"], [
      "d/z",
    ]], ["d/", "d/y: 2", "d/z: 3"]],
    ["an opaque root", [["a", "b/", "b/c"], [".wh..wh..opq", "n"]], ["n: 2"]],
    ["a directory becomes a file", [["d/", "d/a"], ["d"]], ["d: 2"]],
    ["a file becomes a directory", [["d"], ["d/", "d/a"]], ["d/", "d/a: 2"]],
    ["a directory becomes a file and a directory", [["d/", "d/a"], ["d"], ["d/", "d/b"]], [
      "d/",
      "d/b: 3",
    ]],
    ["a directory becomes a link and, without saying so, a directory", [["d/a"], ["d -> e"], [
      "d/b",
    ]], ["d/", "d/b: 3"]],
    ["the same when a later layer describes it", [["d/a"], ["d"], ["d/b"], ["d/"]], [
      "d/",
      "d/b: 3",
    ]],
    ["a directory described again keeps its files", [["d/", "d/a"], ["d/"]], ["d/", "d/a: 1"]],
    ["a link is replaced, not followed", [["usr/lib/", "lib -> usr/lib"], ["lib/x"]], [
      "lib/",
      "lib/x: 2",
      "usr/",
      "usr/lib/",
    ]],
    ["links lead where they lead", [["var/run -> /run", "run/x"]], [
      "run/",
      "run/x: 1",
      "var/",
      "var/run -> /run",
    ]],
    ["parents go without saying", [["a/b/c"]], ["a/", "a/b/", "a/b/c: 1"]],
    ["names in any spelling", [["./a", "/b", "c//d", "./e/./"]], [
      "a: 1",
      "b: 1",
      "c/",
      "c/d: 1",
      "e/",
    ]],
    ["whiteouts of nothing", [["a"], [".wh.x", "y/.wh.z", "q/.wh..wh..opq"]], ["a: 1"]],
    ["hidden twice, back again", [["a"], [".wh.a"], ["a"], [".wh.a"], ["b"]], ["b: 5"]],
    ["a whiteout below a file that replaced the directory", [["d/a"], ["d"], ["d/.wh.a"]], [
      "d: 2",
    ]],
    ["what AUFS kept for itself", [["a", ".wh..wh.plnk/1.2", ".wh..wh.aufs", "d/.wh..wh.orph/x"]], [
      "a: 1",
    ]],
    ["dots are names like others", [["..c", "a..b", ".w", ".wha", "...", ".wh"]], [
      "...: 1",
      "..c: 1",
      ".w: 1",
      ".wh: 1",
      ".wha: 1",
      "a..b: 1",
    ]],
    ["the order is that of bytes, in each directory", [["a/", "a/x", "a.b", "a-b", "Z", "é"]], [
      "Z: 1",
      "a/",
      "a/x: 1",
      "a-b: 1",
      "a.b: 1",
      "é: 1",
    ]],
  ])("%s", async (_, layers, expected) => {
    expect(await shown(await stack(layers))).toEqual(expected);
    expect(await shown(await stack(layers, "gzip"))).toEqual(expected);
  });

  it.each<[string, string[][], string[]]>([
    ["the last of two files", [["a: one", "b", "a: two"]], ["a: two", "b: 1"]],
    ["a file, then a directory", [["d/old"], ["d", "d/", "d/x"]], ["d/", "d/x: 2"]],
    ["a directory, then a file", [["d/", "d/x", "d"]], ["d: 1"]],
    ["a directory, a file, a directory", [["d/", "d/x", "d", "d/", "d/y"]], ["d/", "d/y: 1"]],
    ["a link, then a directory", [["d -> /etc", "d/", "d/x"]], ["d/", "d/x: 1"]],
    ["a file where a newer layer goes on below", [["d/x", "d", "e"], ["d/y"]], [
      "d/",
      "d/y: 2",
      "e: 1",
    ]],
  ])("of members that one layer has twice the last counts: %s", async (_, layers, expected) => {
    expect(await shown(await stack(layers))).toEqual(expected);
  });

  it.each<[string, string[][], string[]]>([
    ["relative", [["usr/bin/", "usr/bin/sh", "bin -> usr/bin", "bin/ls"]], [
      "bin -> usr/bin",
      "usr/",
      "usr/bin/",
      "usr/bin/ls: 1",
      "usr/bin/sh: 1",
    ]],
    ["to a folder that a lower layer has", [["usr/bin/sh"], ["bin -> /usr/bin", "bin/ls"]], [
      "bin -> /usr/bin",
      "usr/",
      "usr/bin/",
      "usr/bin/ls: 2",
      "usr/bin/sh: 1",
    ]],
    ["to a folder that nobody has", [["d -> e/f", "d/x"]], ["d -> e/f", "e/", "e/f/", "e/f/x: 1"]],
    ["out of the image", [["d -> ../../etc", "d/x"]], ["d -> ../../etc", "etc/", "etc/x: 1"]],
    ["in chains", [["a -> b", "b -> /c/..", "a/x", "e/l -> ../a", "e/l/y"]], [
      "a -> b",
      "b -> /c/..",
      "e/",
      "e/l -> ../a",
      "x: 1",
      "y: 1",
    ]],
    ["before and after a link is another one", [["a -> b", "a/x", "a -> c", "a/y"]], [
      "a -> c",
      "b/",
      "b/x: 1",
      "c/",
      "c/y: 1",
    ]],
    ["a newer layer deletes", [["a -> b", "a/x"], [".wh.a"]], ["b/", "b/x: 1"]],
    ["a newer layer deletes with the folder it is in", [["d/a -> /b", "d/a/x"], [".wh.d"]], [
      "b/",
      "b/x: 1",
    ]],
    ["a newer layer replaces", [["a -> b", "a/x"], ["a -> c"], ["d -> e", "d/.wh.x", "d/y"]], [
      "a -> c",
      "b/",
      "b/x: 1",
      "d -> e",
      "e/",
      "e/y: 3",
    ]],
    ["a newer layer has a directory for", [["a -> b", "a/x"], ["a/", "a/y"]], [
      "a/",
      "a/y: 2",
      "b/",
      "b/x: 1",
    ]],
    ["to what whiteouts hide", [["b/x", "b/y"], ["a -> b", "a/.wh.x"]], ["a -> b", "b/", "b/y: 1"]],
    ["to an opaque folder", [["b/x"], ["a -> b", "a/.wh..wh..opq", "a/z"]], [
      "a -> b",
      "b/",
      "b/z: 2",
    ]],
  ])(
    "members below a link of their own layer lie where it leads: %s",
    async (_, layers, expected) => {
      expect(await shown(await stack(layers))).toEqual(expected);
      expect(await shown(await stack(layers, "gzip"))).toEqual(expected);
    },
  );

  it.each<[string, string[]]>([
    ["a file", ["d", "d/x"]],
    ["a file in place of a folder", ["d/e/x", "d", "d/e/y"]],
    ["a file by way of a link", ["f", "l -> f", "l/x"]],
    ["a hard link", ["f", "d = f", "d/x"]],
  ])("refuses a member below %s of its own layer", async (_, members) => {
    for (const above of [[], ["d/", "d/z", "f/z"]]) {
      const image = await stack([["d/old"], members, above]);
      await expect(shown(image)).rejects.toMatchObject({ code: "MALFORMED" });
      await expect(shown(image)).rejects.toThrow(/lies below a file of the same layer/);
    }
  });

  it("refuses members below links in a circle", async () => {
    const image = await stack([["a -> b", "b -> a", "a/x"]]);
    await expect(shown(image)).rejects.toThrow(/links at "a\/x" lead in a circle/);
  });

  it("refuses paths that Linux would not take, also by way of links", async () => {
    const deep = "d/".repeat(2000);
    await expect(shown(await stack([[`${deep}${deep}x`]]))).rejects.toMatchObject({
      code: "LIMIT",
    });
    await expect(shown(await stack([[`l -> ${deep}`, `l/${deep}x`]]))).rejects
      .toMatchObject({ code: "LIMIT" });
    expect((await shown(await stack([[`${deep}x`]]))).length).toBe(2001);
  });

  it.each([
    "../x",
    "a/../../etc/passwd",
    "a/..",
    "/..",
    ".wh.",
    "d/.wh..",
    "d/.wh...",
    ".wh.d/x",
  ])("refuses %s, and names it", async (path) => {
    const image = await stack([["ok"], [path]]);
    await expect(shown(image)).rejects.toMatchObject({ code: "UNSAFE" });
    await expect(shown(image)).rejects.toThrow(JSON.stringify(path));
  });

  it.each<string>([".: x", "./. -> /etc", "/ = a"])(
    "refuses %s in the root's place",
    async (root) => {
      await expect(shown(await stack([["a", root.replace(/^(\S+?)(?=[: ])/, "$1")]]))).rejects
        .toMatchObject({ code: expect.stringMatching(/UNSAFE|MALFORMED/) });
    },
  );

  it("takes a directory's owner and mode from the newest layer that describes it", async () => {
    const layers = [
      [{ path: "d/", type: "directory", mode: 0o1777, uid: 7, gid: 8, uname: "u", mtime: 5n }],
      ["d/a"],
      [{ path: "d/", type: "directory", mode: 0o700, uid: 9, mtime: 6n }],
      ["d/b"],
    ] as const;
    const { entryAt } = await lookedUp(layers);
    expect(entryAt("d")).toMatchObject({
      mode: 0o700,
      uid: 9,
      gid: 0,
      uname: "",
      mtime: 6n,
      layer: 3,
    });
    const { entryAt: before } = await lookedUp(layers.slice(0, 2));
    expect(before("d")).toMatchObject({ mode: 0o1777, uid: 7, gid: 8, uname: "u", layer: 1 });
    const { entryAt: implied } = await lookedUp([["x/y"]]);
    expect(implied("x")).toMatchObject({ mode: 0o755, uid: 0, gid: 0, layer: 0, file: 0 });
  });

  it("shows one layer alone, its whiteouts as files", async () => {
    const image = await stack([["a", "d/x"], [".wh.a", "d/", "d/.wh..wh..opq", "l = a"], ["z"]]);
    expect(await shown(image, { layer: 2 })).toEqual([
      ".wh.a: 2",
      "d/",
      "d/.wh..wh..opq: 2",
      "l (hardlink)",
    ]);
    await expect(shown(image, { layer: 4 })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("shows what is wanted, and the directories that lead there", async () => {
    const image = await stack([["a/b/", "a/b/c/d", "a/b/e", "a/f", "g"]]);
    const wants = (path: string) => path === "a/b/e" || path === "a/f";
    expect(await shown(image, { wants })).toEqual(["a/", "a/b/", "a/b/e: 1", "a/f: 1"]);
    expect(await shown(image, { wants: () => false })).toEqual([]);
  });
});

async function lookedUp(layers: Parameters<typeof stack>[0]) {
  const { mergeLayers } = await import("../../src/flatten/merge.ts");
  const tree = await mergeLayers(await stack(layers), { put() {} });
  return { entryAt: (path: string) => tree.find(path) };
}
