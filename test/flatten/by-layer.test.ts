/** Archives in the order of layers: the same tree, whatever the layers say. */
import { describe, expect, it } from "vitest";
import { streamBytes } from "../../src/bytes/stream.ts";
import { flatten } from "../../src/flatten/flatten.ts";
import { readTar } from "../../src/tar/read.ts";
import { random } from "../tar/support/random.ts";
import { someStack } from "./support/random-stack.ts";
import {
  exportedByLayer,
  imageOfLayers,
  layerOfTar,
  type Member,
  shown,
  stack,
} from "./support/stack.ts";

/** What shows of the archive when it is unpacked. */
async function shownIn(archive: Buffer): Promise<string[]> {
  return await shown(imageOfLayers([await layerOfTar(archive, "none")]));
}

async function namesIn(archive: Buffer): Promise<string[]> {
  const names: string[] = [];
  for await (const { entry } of readTar(streamBytes(archive))) {
    names.push(entry.type === "hardlink" ? `${entry.path} = ${entry.linkpath}` : entry.path);
  }
  return names;
}

async function besideSorted(layers: Member[][], options = {}): Promise<void> {
  const image = await stack(layers, "gzip");
  const expected = await shown(image, options);
  expect({ layers, shown: await shownIn(await exportedByLayer(image, options)) })
    .toEqual({ layers, shown: expected });
}

describe("the order of layers", () => {
  it("has the newest first, and directories at the end", async () => {
    const image = await stack([
      ["etc/", "etc/one", "bin/", "bin/sh", "bin/old"],
      ["etc/", "etc/two", "bin/.wh.old", "bin/bash = bin/sh", "top -> etc"],
    ]);
    expect(await namesIn(await exportedByLayer(image))).toEqual([
      ...["etc/two", "top", "etc/one", "bin/sh"],
      ...["bin/bash = bin/sh", "bin/", "etc/"],
    ]);
  });

  it("is that of the tree when names are twice in a layer, and their links", async () => {
    await besideSorted([["x: old", "y = x", "x: new", "z = x"]]);
    await besideSorted([["a/", "a/b", "c = a/b"], ["d = a/b", "a/b: over"]]);
    await besideSorted([["x: 1", "y = x"], ["x: 2"], [".wh.x"]]);
    await besideSorted([["a: 1", "b = a", "c = a"], [".wh.a"]]);
    await besideSorted([["link -> x", "other = link", "x: 1"], [".wh.link"]]);
  });

  it("is that of the tree where only some paths are wanted", async () => {
    const layers = [["etc/", "etc/a: 1", "usr/", "usr/b = etc/a", "usr/c = usr/b", "etc/d: 2"]];
    const image = await stack(layers);
    const wants = (path: string) => path === "usr" || path.startsWith("usr/");
    const archive = await exportedByLayer(image, { paths: ["usr"] });
    expect(await shownIn(archive)).toEqual(await shown(image, { wants }));
  });

  it("refuses a file in the place of a directory of the same layer, and names the way out", async () => {
    const image = await stack([["a/", "a/b", "a: file"]]);
    await expect(exportedByLayer(image)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      hint: expect.stringContaining("--order names"),
    });
    expect(await shown(image)).toEqual(["a: file"]);
  });

  it("gives no end of an archive when a layer is not what it should be", async () => {
    const { layers: [low, high] } = await stack([["a: 1"], ["b: 2"]], "gzip");
    const broken = imageOfLayers([{ ...low!, diffId: high!.diffId }, high!]);
    let size = 0;
    const reading = (async () => {
      for await (const chunk of flatten(broken, { order: "layers" })) size += chunk.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: "DIGEST" });
    expect(size).toBeLessThan(4096);
  });

  it("cannot be had with what is sorted", async () => {
    const image = await stack([["a"]]);
    for (const more of [{ layer: 1 }, { style: "dockertools" }] as const) {
      expect(() => flatten(image, { ...more, order: "layers" })).toThrow(/sorted/);
    }
  });

  it.each([0, 1000, 2000])("is the tree of random stacks (from seed %d)", async (first) => {
    let compared = 0;
    for (let seed = first; seed < first + 40; seed++) {
      const image = await stack(someStack(random(seed)));
      const fail = (error: Error) => error;
      const [tree, archive] = [shown(image).catch(fail), exportedByLayer(image).catch(fail)];
      if (await archive instanceof Error) continue; // wild ones have what no archive can say
      expect({ seed, shown: await shownIn(await archive as Buffer) })
        .toEqual({ seed, shown: await tree });
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });
});
