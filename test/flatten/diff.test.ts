import { describe, expect, it } from "vitest";
import { diff, type DiffOptions } from "../../src/flatten/diff.ts";
import { counted } from "../support/images.ts";
import { type Member, stack } from "./support/stack.ts";

async function differences(before: Member[][], after: Member[][], options?: DiffOptions) {
  const found = [];
  for await (const one of diff(await stack(before), await stack(after, "gzip"), options)) {
    found.push(one);
  }
  return found;
}

describe("diff", () => {
  it("says what was added, removed and changed, and how", async () => {
    const before: Member[][] = [["a: 1", "b: 22", "d/x: same", "e/", "gone: 4", "h: x", "i = h"]];
    const after: Member[][] = [
      ["a: 9", "b: 333", "d/x: same", "e -> d", "h: x", "i: x"],
      [{ path: "d/", type: "directory", mode: 0o700 }, "d/y: new"],
    ];
    expect(await differences(before, after)).toEqual([
      { path: "/a", change: "changed", type: "file", before: 1, after: 1, aspects: ["content"] },
      {
        path: "/b",
        change: "changed",
        type: "file",
        before: 2,
        after: 3,
        aspects: ["content", "size"],
      },
      { path: "/d", change: "changed", type: "directory", before: 0, after: 0, aspects: ["mode"] },
      { path: "/d/y", change: "added", type: "file", after: 3 },
      { path: "/e", change: "changed", type: "symlink", before: 0, after: 0, aspects: ["type"] },
      { path: "/gone", change: "removed", type: "file", before: 1 },
      { path: "/i", change: "changed", type: "file", before: 1, after: 1, aspects: ["link"] },
    ]);
  });

  it("compares owners, times, devices and attributes, unless they are ignored", async () => {
    const file: Member = { path: "f", text: "x" };
    const device = { path: "n", type: "char", devmajor: 1, devminor: 3 } as const;
    const changed: Member[] = [
      { ...file, uid: 1, mtime: 1n, xattrs: new Map([["user.a", Buffer.from("b")]]) },
      { ...device, devminor: 5 },
    ];
    const found = await differences([[file, device]], [changed]);
    expect(found.map(({ path, aspects }) => [path, aspects])).toEqual([
      ["/f", ["owner", "time", "xattrs"]],
      ["/n", ["device"]],
    ]);
    const ignore = ["owner", "time", "xattrs"] as const;
    expect((await differences([[file, device]], [changed], { ignore })).map(({ path }) => path))
      .toEqual(["/n"]);
  });

  it("keeps to the order of names, in which a slash comes first", async () => {
    const found = await differences([["a-b", "a/x"]], [["a.c", "a/y", "z"]]);
    expect(found.map(({ path, change }) => `${change} ${path}`)).toEqual([
      "removed /a/x",
      "added /a/y",
      "removed /a-b",
      "added /a.c",
      "added /z",
    ]);
  });

  it("finds no difference between the same layers, and reads none", async () => {
    const { root, opened } = counted(await stack([["a"], ["b"]]));
    for await (const one of diff(root, root)) expect(one).toBeUndefined();
    expect(opened.size).toBe(0);
    expect(await differences([["a: x"], [".wh.q", "b: y"]], [["b: y", "a: x"]])).toEqual([]);
  });
});
