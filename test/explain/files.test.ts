/** What layers add, hide and waste: bytes that the final image does not show. */
import { describe, expect, it } from "vitest";
import { readLayerFiles } from "../../src/explain/files.ts";
import { type Member, stack } from "../flatten/support/stack.ts";

async function sumsOf(...layers: (readonly Member[])[]) {
  const { layers: sums } = await readLayerFiles(await stack(layers));
  return sums.map(({ adds, wastes, hides }) => [adds, wastes, hides]);
}

describe("layers", () => {
  it("waste one copy of a file that is there twice", async () => {
    expect(await sumsOf(["a: 12345"], ["a: 12345"])).toEqual([[5, 5, 0], [5, 0, 5]]);
  });

  it("waste what whiteouts delete, a file and a folder with all below it", async () => {
    expect(await sumsOf(["a: 1", "d/x: 22", "d/e/y: 333"], [".wh.a: ", ".wh.d: "]))
      .toEqual([[6, 6, 0], [0, 0, 6]]);
  });

  it("waste what an opaque folder hides, and not what the same layer puts there", async () => {
    expect(await sumsOf(["d/x: 22"], ["d/x: 333", "d/y: 1", "d/.wh..wh..opq: "]))
      .toEqual([[2, 2, 0], [4, 0, 2]]);
  });

  it("hide only what no layer between has hidden", async () => {
    expect(await sumsOf(["a: 1"], ["a: 22"], ["a: 333"], [".wh.a: "]))
      .toEqual([[1, 1, 0], [2, 2, 1], [3, 3, 2], [0, 0, 3]]);
  });

  it("hide files below what is no folder any more, and a file where a folder is", async () => {
    expect(await sumsOf(["d/x: 22", "f: 333"], ["d -> f", "f/"]))
      .toEqual([[5, 5, 0], [0, 0, 5]]);
  });

  it("waste nothing of a file that another name still shows", async () => {
    expect(await sumsOf(["a: 12345", "b = a"], [".wh.a: "])).toEqual([[5, 0, 0], [0, 0, 5]]);
  });

  it("waste what their own later entries replace", async () => {
    expect(await sumsOf(["a: 1", "a: 22"])).toEqual([[3, 1, 0]]);
  });
});

describe("the image", () => {
  const path = (hash: string, name: string) => `nix/store/${hash.repeat(32)}-${name}`;

  it("has its store paths, with sizes and layers", async () => {
    const [a, b] = [path("a", "app-1"), path("b", "lib")];
    const image = await stack([[`${b}/lib.so: 333`, `${a}/x: 1`], [
      `${a}/x: 22`,
      `${a}/y = ${a}/x`,
    ]]);
    const { storePaths } = await readLayerFiles(image);
    expect(storePaths).toEqual([
      { path: `/${a}`, size: 2, files: 2, layers: [2] },
      { path: `/${b}`, size: 3, files: 1, layers: [1] },
    ]);
  });

  it("has its largest files, the largest first", async () => {
    const image = await stack([["a: 1", "b: 22", "c: 333", "d: 4444"], [".wh.d: "]]);
    const { biggest } = await readLayerFiles(image, { biggest: 2 });
    expect(biggest).toEqual([
      { path: "/c", size: 3, layer: 1 },
      { path: "/b", size: 2, layer: 1 },
    ]);
  });

  it("says each member with the layer that hides it", async () => {
    const seen: string[] = [];
    await readLayerFiles(await stack([["a: 1", "b: 1"], [".wh.a: "], ["b: 2"]]), {
      onMember({ entry, layer, hiddenBy, isMark }) {
        seen.push(`${layer} ${entry.path} ${isMark ? "mark" : hiddenBy}`);
      },
    });
    expect(seen).toEqual(["3 b 0", "2 .wh.a mark", "1 a 2", "1 b 3"]);
  });
});
