/** What a layer may cost who reads it, in the library and on the command line. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { mergeLayers } from "../../../src/flatten/merge.ts";
import { createSizeGuard, limitSource } from "../../../src/image/layer/bounds.ts";
import { readLayerTar } from "../../../src/image/layer/layer.ts";
import type { Image, Layer, Root } from "../../../src/image/root.ts";
import { openSink, openSource } from "../../../transports/mod.ts";
import { outcomes } from "../../cli/run.ts";
import { image, index, sourceOf } from "../../support/images.ts";
import { temporaryFolder } from "../../support/folder.ts";

const GIB = 1024 ** 3;
const ZEROS = { a: "\0".repeat(3_000_000), b: "b", c: "c" };

async function readAll(layer: Layer): Promise<number> {
  let size = 0;
  for await (const chunk of readLayerTar(layer)) size += chunk.length;
  return size;
}

const firstOf = (root: Root) => (root as Image).layers[0]!;

const refused = (flag: string, message = /^.*/) => ({
  code: "LIMIT",
  message: expect.stringMatching(message),
  hint: expect.stringContaining(`--${flag} `),
});

describe("a layer's bounds", () => {
  it.each(["none", "gzip", "zstd"] as const)(
    "end its tar where it is too large (%s)",
    async (kind) => {
      const root = await image({ layers: [ZEROS], compression: kind });
      const of = async (maxSize: number) =>
        firstOf(await limitSource(sourceOf({ it: root }), { maxSize }).resolve());
      await expect(readAll(await of(2_999_999))).rejects.toMatchObject(
        refused("max-layer-size", /unpacks to more than 2999999 bytes/),
      );
      const size = await readAll(root.layers[0]!);
      expect(await readAll(await of(size))).toBe(size);
      expect(await readAll(await of(0))).toBe(size);
    },
  );

  it("end a bomb by its ratio, but no gigabyte of zeros", async () => {
    const [layer] = (await image()).layers;
    const of = (size: number, bounds = {}) => (unpacked: number, stored: number) => {
      const descriptor = { ...layer!.descriptor, size };
      const { countStored, countUnpacked } = createSizeGuard({ descriptor, bounds });
      countStored({ length: stored } as Uint8Array);
      countUnpacked({ length: unpacked } as Uint8Array);
    };
    const bomb = expect.objectContaining(refused("max-ratio", /200 times/));
    const guard = of(50_000_000);
    expect(() => guard(GIB, 1)).not.toThrow();
    expect(() => guard(GIB + 1, 1_000_000)).toThrow(bomb); // as gzip packs zeros
    expect(() => guard(2 * GIB, 2 * GIB / 200)).not.toThrow();
    expect(() => guard(2 * GIB, 2 * GIB / 200 - 1)).toThrow(bomb);
    // an image of two GB whose first file is made of zeros
    expect(() => of(2_000_000_000)(30 * GIB, 1)).not.toThrow();
    expect(() => of(2_000_000_000)(41 * GIB, 1)).toThrow(bomb);
    const free = of(50_000, { maxRatio: 0 });
    expect(() => free(500 * GIB, 1)).not.toThrow();
    expect(() => free(513 * GIB, 1)).toThrow(expect.objectContaining(refused("max-layer-size")));
  });

  it("end a tree that has too many entries, in an index too", async () => {
    const root = index([await image({ layers: [ZEROS] })]);
    const of = async (maxEntries: number) => {
      const bound = await limitSource(sourceOf({ it: root }), { maxEntries }).resolve();
      return await (bound as typeof root).children[0]!.load() as Image;
    };
    const store = { put() {} };
    await expect(mergeLayers(await of(2), store)).rejects.toMatchObject(refused("max-entries"));
    for (const most of [0, 3]) {
      expect((await mergeLayers(await of(most), store)).find("c")?.type).toBe("file");
    }
  });
});

describe("the flags for bounds", () => {
  it("hold for whatever reads layers, and for nothing that does not", async () => {
    const folder = await temporaryFolder();
    const place = `oci-dir:${folder}/in:v`;
    await using to = await openSink(place);
    await copy(sourceOf({ it: await image({ layers: [ZEROS] }) }), to);
    const spec = join(folder, "spec.json");
    await writeFile(spec, JSON.stringify({ name: "x", fromImage: place }));
    const [small, many] = [["--max-layer-size", "100000"], ["--max-entries", "2"]] as const;
    const results = await outcomes([
      ["copy", place, `docker-archive:${folder}/a.tar`, ...small],
      ["copy", place, `oci-dir:${folder}/out:v`, "--compress", "zstd", ...small],
      ["build", spec, `docker-archive:${folder}/b.tar`, ...small],
      ["export", place, "-o", `${folder}/c.tar`, ...small],
      ["export", place, "--dir", `${folder}/d`, ...many],
      ["ls", place, ...many],
      ["inspect", place, ...small],
      ["copy", place, `oci-dir:${folder}/f:v`, ...small],
      ["copy", place, `docker-archive:${folder}/g.tar`, "--max-layer-size", "4000000"],
      ["ls", place, "--max-entries", "all"],
    ]);
    expect(results.map(({ status }) => status)).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 2]);
    for (const { stderr } of results.slice(0, 6)) {
      expect(stderr).toMatch(/--max-(layer-size|entries)/);
    }
    await using source = await openSource(place, { bounds: { maxSize: 1 } });
    await expect(readAll(firstOf(await source.resolve()))).rejects.toMatchObject({ code: "LIMIT" });
  });
});
