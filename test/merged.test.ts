import { describe, expect, it } from "vitest";
import { merged } from "../src/merged.ts";

/** What shows of layers, each a list of names; a slash at the end makes a directory. */
function shown(...layers: string[][]): string[] {
  const tree = merged<number>();
  layers.forEach((names, i) => {
    tree.nextLayer();
    for (const name of names) tree.add(name, name.endsWith("/"), i);
  });
  return [...tree.entries()].map(({ path, value }) => `${path} ${value ?? "implied"}`);
}

describe("merged", () => {
  it.each<[string, string[][], string[]]>([
    ["later files win", [["a", "b"], ["a"]], ["a 1", "b 0"]],
    ["a whiteout hides", [["d/", "d/a", "d/b"], ["d/.wh.a"]], ["d 0", "d/b 0"]],
    ["a whiteout of a directory hides all below it", [["d/", "d/a"], [".wh.d"]], []],
    ["a file that its own layer hides and makes stays", [["a"], ["a", ".wh.a"]], ["a 1"]],
    ["a directory made anew has only what is new", [["d/", "d/old"], [".wh.d", "d/", "d/new"]], [
      "d 1",
      "d/new 1",
    ]],
    ["the same, the whiteout last", [["d/", "d/old"], ["d/", "d/new", ".wh.d"]], [
      "d 1",
      "d/new 1",
    ]],
    ["an opaque directory, first", [["d/", "d/old"], ["d/", "d/.wh..wh..opq", "d/new"]], [
      "d 1",
      "d/new 1",
    ]],
    ["an opaque directory, last", [["d/", "d/old"], ["d/", "d/new", "d/.wh..wh..opq"]], [
      "d 1",
      "d/new 1",
    ]],
    ["an opaque root", [["a", "b/", "b/c"], [".wh..wh..opq", "n"]], ["n 1"]],
    ["a directory becomes a file", [["d/", "d/a"], ["d"]], ["d 1"]],
    ["a file becomes a directory", [["d"], ["d/", "d/a"]], ["d 1", "d/a 1"]],
    ["a directory described again keeps its files", [["d/", "d/a"], ["d/"]], ["d 1", "d/a 0"]],
    ["parents go without saying", [["a/b/c"]], ["a implied", "a/b implied", "a/b/c 0"]],
    ["names in any spelling", [["./a", "/b", "c//d"]], ["a 0", "b 0", "c implied", "c/d 0"]],
    ["whiteouts of nothing", [["a"], [".wh.x", "y/.wh.z", "q/.wh..wh..opq"]], ["a 0"]],
    ["hidden twice, back again", [["a"], [".wh.a"], ["a"], [".wh.a"], ["b"]], ["b 4"]],
    ["byte order", [["a/", "a/x", "a.b", "a-b", "Z", "é"]], [
      "Z 0",
      "a 0",
      "a/x 0",
      "a-b 0",
      "a.b 0",
      "é 0",
    ]],
  ])("%s", (_, layers, expected) => {
    expect(shown(...layers)).toEqual(expected);
  });

  it("refuses to leave the image", () => {
    expect(() => shown(["a/../../etc/passwd"])).toThrow(/leaves the image/);
    expect(shown(["a..b", "..c"])).toEqual(["..c 0", "a..b 0"]);
  });
});
