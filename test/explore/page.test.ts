/** The page of an image: names are text, nothing is loaded, and large images fold. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { exploreImage } from "../../src/explore/data.ts";
import { type ExploredFile, foldFiles } from "../../src/explore/fold.ts";
import { formatPage } from "../../src/explore/page.ts";
import { SCRIPT } from "../../src/explore/script.ts";
import { bundleExploreScript } from "../../tools/explore-page/build.ts";
import { listEdges } from "../../tools/explore-page/edges.ts";
import { stack } from "../flatten/support/stack.ts";
import { APP, hostileImage, LIB } from "./support.ts";

describe("the page", () => {
  it("has names from an image as text alone", async () => {
    const page = formatPage([await hostileImage()]);
    expect(page.match(/<\/?script/g)).toEqual(["<script", "</script", "<script", "</script"]);
    expect(page).not.toContain("<img");
    expect(page).not.toContain("<b>");
    // deno-lint-ignore no-control-regex
    expect(page).not.toMatch(/[\u001b\u202e]/);
    expect(page).toContain("<title>an image called &lt;b&gt;</title>");
  });

  it("may run its own script, and load nothing", async () => {
    const page = formatPage([await hostileImage()]);
    const hash = createHash("sha256").update(SCRIPT).digest("base64");
    expect(page).toContain(
      `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`,
    );
    expect(page).not.toMatch(/\b(?:src|href)="|@import|url\(/);
    expect(() => new Function(SCRIPT)).not.toThrow();
  });

  it("has the script that its sources make", async () => {
    const made = await readFile(new URL("../../src/explore/script.ts", import.meta.url), "utf8");
    expect(await bundleExploreScript() === made, "npm run docs makes it anew").toBe(true);
  });

  it("is under a megabyte with 20,000 files and 100 layers", async () => {
    const image = await hostileImage();
    const files = Array.from({ length: 20_000 }, (_, i): ExploredFile => [
      `/nix/store/${"0123456789".repeat(3)}ab-package-${
        Math.floor(i / 50)
      }/share/doc/file-${i}.txt`,
      i * 997,
      i % 100,
      0,
      "0:0",
      "",
    ]);
    const layers = Array.from({ length: 100 }, () => image.layers[0]!);
    const page = formatPage([{ ...image, layers, files: foldFiles(files, 20_000) }]);
    expect(page.length).toBeLessThan(1_000_000);
  });

  it("knows which store path needs which, and why it is there", async () => {
    const { paths, layers, files } = await hostileImage();
    expect(paths.map(({ path, needs, chain }) => [path, needs, chain])).toEqual([
      [APP, [1], [0]],
      [LIB, [], [0, 1]],
    ]);
    expect(layers.map(({ wastes, hides }) => [wastes, hides])).toEqual([[3, 0], [0, 3]]);
    expect(files.find(([path]) => path === "/etc/gone")).toEqual(["/etc/gone", 3, 1, 2, "0:0", ""]);
  });
});

describe("copies", () => {
  it("are files of the same content that show, those first that cost most", async () => {
    const image = await stack([
      ["a/one: same here", "a/little: x", "a/old: same here", "empty: "],
      ["b/two: same here", "b/little: x", "a/.wh.old: ", "b/other: other one", "empty2: "],
      ["c/three: same here"],
    ]);
    const { copies, copied } = await exploreImage(image, "copies");
    expect(copies).toEqual([
      { size: 9, files: [["/a/one", 1], ["/b/two", 2], ["/c/three", 3]], count: 3 },
      { size: 1, files: [["/a/little", 1], ["/b/little", 2]], count: 2 },
    ]);
    expect(copied).toBe(19);
  });
});

describe("the arrows of a closure", () => {
  const graph = (...needs: number[][]) => needs.map((needs) => ({ needs }));

  it("leave out what a longer way says", () => {
    expect(listEdges(graph([1, 2], [2], []), [0, 1, 2])).toEqual([[0, 1], [1, 2]]);
  });

  it("pass through paths that are not drawn", () => {
    expect(listEdges(graph([1], [2, 3], [], []), [0, 2, 3])).toEqual([[0, 2], [0, 3]]);
  });

  it("of a circle, which a forged image has, come to an end", () => {
    expect(listEdges(graph([1], [0, 2], []), [0, 1, 2]).length).toBeGreaterThan(0);
  });
});

describe("files", () => {
  const file = (
    path: string,
    size: number,
    layer = 1,
  ): ExploredFile => [path, size, layer, 0, "0:0", ""];

  it("that are few stay", () => {
    expect(foldFiles([file("/b", 1), file("/a", 2)], 2)).toEqual([file("/a", 2), file("/b", 1)]);
  });

  it("that are many fold by folder and layer, but the largest", () => {
    const many = Array.from({ length: 100 }, (_, i) => file(`/d${i % 2}/x/f${i}`, i));
    const folded = foldFiles(many, 10);
    expect(folded.length).toBeLessThanOrEqual(10);
    expect(
      folded.filter(([, , , , , type]) => type === "folded").map(([path, size]) => [path, size]),
    )
      .toEqual([["/d0/x/… 48 files", 2256], ["/d1/x/… 47 files", 2209]]);
    expect(folded.reduce((sum, [, size]) => sum + size, 0)).toBe(4950);
  });

  it("of as many folders fold further up", () => {
    const many = Array.from({ length: 100 }, (_, i) => file(`/top/d${i}/e/f`, 1));
    expect(foldFiles(many, 10).filter(([path]) => path.startsWith("/top/…"))).toHaveLength(1);
  });
});
