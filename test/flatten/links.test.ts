/** Hard links: within a layer, across layers, to what no longer shows. */
import { describe, expect, it } from "vitest";
import { counted } from "../support/images.ts";
import { shown, stack } from "./support/stack.ts";

describe("hard links", () => {
  it.each<[string, string[][], string[]]>([
    ["are names of one file", [["a: x", "b = a", "c = b"]], ["a: x", "b = a", "c = a"]],
    ["the first name in order is the file", [["b: x", "a = b"]], ["a: x", "b = a"]],
    ["of symbolic links, too", [["a -> /x", "b = a"]], ["a -> /x", "b = a"]],
    ["names in any spelling", [["d/a: x", "b = ./d//a", "c = /d/a"]], [
      "b: x",
      "c = b",
      "d/",
      "d/a = b",
    ]],
    ["the file is deleted", [["a: x", "b = a"], [".wh.a"]], ["b: x"]],
    ["the file is deleted, two names stay", [["a: x", "c = a", "b = a"], [".wh.a"]], [
      "b: x",
      "c = b",
    ]],
    ["the file is deleted, and the link that another leads to", [["a: x", "b = a", "c = b"], [
      ".wh.a",
      ".wh.b",
    ]], ["c: x"]],
    ["the file is replaced", [["a: x", "b = a"], ["a: y"]], ["a: y", "b: x"]],
    ["the link is replaced", [["a: x", "b = a"], ["b: y"]], ["a: x", "b: y"]],
    ["the file's directory is opaque later", [["d/a: x", "b = d/a"], ["d/.wh..wh..opq", "d/n"]], [
      "b: x",
      "d/",
      "d/n: 2",
    ]],
    ["to a file of a lower layer", [["a: x"], ["b = a"]], ["a: x", "b = a"]],
    ["to a file of a lower layer that is hidden later", [["a: x"], ["b = a"], [".wh.a"]], ["b: x"]],
    ["to a file of a lower layer that is replaced later", [["a: x"], ["b = a"], ["a: y"]], [
      "a: y",
      "b: x",
    ]],
    ["to a link of a lower layer to a file that is gone", [["a: x", "b = a"], [".wh.a"], [
      "c = b",
    ], [".wh.b"]], ["c: x"]],
    ["to a symbolic link of a lower layer that is hidden", [["a -> q"], ["b = a"], [".wh.a"]], [
      "b -> q",
    ]],
    ["the file of the same path in a lower layer is another", [["a: old"], ["a: new", "b = a"], [
      ".wh.a",
    ]], ["b: new"]],
    ["before the file is there, it is the lower one", [["a: old"], ["b = a", "a: new"]], [
      "a: new",
      "b: old",
    ]],
    ["to what the layer has twice: the one before the link", [["a: 1st", "b = a", "a: 2nd"]], [
      "a: 2nd",
      "b: 1st",
    ]],
    ["the same, and neither shows", [["a: 1st", "b = a", "a: 2nd", "c = a"], [".wh.a"]], [
      "b: 1st",
      "c: 2nd",
    ]],
    ["hidden ones lead nowhere", [["b = nothing", "a: x"], [".wh.b"]], ["a: x"]],
  ])("%s", async (_, layers, expected) => {
    expect(await shown(await stack(layers))).toEqual(expected);
    expect(await shown(await stack(layers, "zstd"))).toEqual(expected);
  });

  it("are files where the first name is not wanted", async () => {
    const image = await stack([["a: x", "b = a", "c = a", "s -> y", "t = s"]]);
    expect(await shown(image, { wants: (path) => path > "a" && path !== "s" })).toEqual([
      "b: x",
      "c = b",
      "t -> y",
    ]);
  });

  it.each<[string, string[][]]>([
    ["nothing", [["b = a"]]],
    ["itself", [["b = b"]]],
    ["what comes only after it", [["b = a", "a: x"]]],
    ["what is deleted", [["a: x"], [".wh.a"], ["b = a"]]],
    ["a directory", [["d/", "b = d"]]],
    ["a directory of a lower layer", [["d/"], ["b = d"]]],
    ["each other", [["a = b", "b = a"]]],
  ])("to %s are refused", async (_, layers) => {
    const image = await stack(layers);
    await expect(shown(image)).rejects.toMatchObject({ code: "MALFORMED" });
    await expect(shown(image)).rejects.toThrow(/"[ab]" is a hard link to "[abd]"/);
  });

  it.each(["../a", "/../../a", "d/../../a", "l/a", "k/d/a", "/m/../a"])(
    "to %s lead by way of the layer's links, and not out of the image",
    async (to) => {
      const links = ["l -> .", "k -> /l", "m -> x/..", "k/d -> /"];
      const image = await stack([[...links, "a", `b = ${to}`]]);
      expect(await shown(image)).toEqual(expect.arrayContaining(["a: 1", "b = a"]));
      const hidden = await stack([[...links, "a", `b = ${to}`], [".wh.a", "k/", "l"]]);
      expect(await shown(hidden)).toEqual(expect.arrayContaining(["b: 1"]));
    },
  );

  it("name the target, not the link, where it is one itself", async () => {
    expect(await shown(await stack([["a", "l -> a", "b = l"]]))).toEqual([
      "a: 1",
      "b -> a",
      "l = b",
    ]);
  });

  it("cost a second reading only of layers with a file that shows under a link's name alone", async () => {
    const { root, opened } = counted(
      await stack([["x: 1", "y = x"], ["a: x", "b = a"], ["p: q", "r = p"], [".wh.a"]], "gzip"),
    );
    await shown(root);
    expect(root.layers.map(({ descriptor }) => opened.get(descriptor.digest))).toEqual([
      1,
      2,
      1,
      1,
    ]);
  });
});
