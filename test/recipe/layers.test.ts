/** Layers: named once, remembered, made again and proved. */
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { drainStream } from "../../src/bytes/stream.ts";
import type { KnownLayers } from "../../src/cache/mod.ts";
import { keyOf } from "../../src/recipe/known.ts";
import { createLayer, createLayers } from "../../src/recipe/mod.ts";
import type { LayerRecipe } from "../../src/recipe/recipe.ts";
import { sumLayers } from "../../src/recipe/sums.ts";
import type { LayerSum } from "../../src/recipe/sum.ts";
import { writeLayerTar } from "../../src/recipe/tar.ts";
import { temporaryFolder } from "../support/folder.ts";
import { layerBytes } from "./support/bytes.ts";

/** A store of so many paths, each with a file of so many bytes. */
async function storeOf(
  count: number,
  size: number,
): Promise<{ root: string; recipes: LayerRecipe[] }> {
  const root = await temporaryFolder();
  const recipes = Array.from({ length: count }, (_, i): LayerRecipe => {
    const path = `/nix/store/p${i}`;
    mkdirSync(`${root}${path}`, { recursive: true });
    writeFileSync(`${root}${path}/file`, Buffer.alloc(size, i));
    return { style: i % 2 === 0 ? "nix2container" : "dockertools", paths: [{ path }] };
  });
  return { root, recipes };
}

/** A memory that counts. */
function memory(): KnownLayers & { kept: Map<string, LayerSum>; asked: number } {
  const kept = new Map<string, LayerSum>();
  return {
    kept,
    asked: 0,
    get(keys) {
      this.asked++;
      return Promise.resolve(keys.map((key) => kept.get(key)));
    },
    set: (layers) => Promise.resolve(layers.forEach(([key, layer]) => kept.set(key, layer))),
    forget: (key) => Promise.resolve(void kept.delete(key)),
  };
}

describe("layers", () => {
  it("have the same names whoever computes them", async () => {
    const { root, recipes } = await storeOf(40, 1 << 20);
    const alone = await sumLayers(recipes, { root }, { threads: 1 });
    const sizeOf = (path: string) => Number(path.slice("/nix/store/p".length));
    expect(await sumLayers(recipes, { root }, { threads: 3, sizeOf })).toEqual(alone);
    const sizes = recipes.map((recipe) => layerBytes(recipe, { root }).length);
    expect(alone.map(({ size }) => size)).toEqual(sizes);
    expect(new Set(alone.map(({ digest }) => digest)).size).toBe(40);
  });

  it("fail as a whole when one of them cannot be made, on whatever thread", async () => {
    const { root, recipes } = await storeOf(40, 1 << 20);
    rmSync(`${root}/nix/store/p39`, { recursive: true });
    rmSync(`${root}/nix/store/p0`, { recursive: true });
    await expect(createLayers(recipes, { store: { root }, threads: 3 })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringMatching(/Cannot read ".*\/nix\/store\/p(0|39)": it is not there/),
    });
  });

  it("stop being computed when they are not wanted any more", async () => {
    const { root, recipes } = await storeOf(4, 1 << 20);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(createLayers(recipes, { store: { root }, signal })).rejects.toThrow("enough");
    const controller = new AbortController();
    const work = sumLayers(recipes, { root }, { signal: controller.signal, threads: 2 });
    controller.abort(new Error("enough"));
    await expect(work).rejects.toThrow("enough");
  });

  it("are remembered, and not read when they are named again", async () => {
    const { root, recipes } = await storeOf(3, 10);
    const known = memory();
    const first = await createLayers(recipes, { store: { root }, known });
    expect(known.kept.size).toBe(3);
    // Whatever memory says is what a layer is called: reading would have said otherwise.
    for (const [key, sum] of known.kept) known.kept.set(key, { ...sum, size: sum.size + 1 });
    const again = await createLayers(recipes, { store: { root }, known });
    expect(again.map(({ descriptor }) => descriptor.size))
      .toEqual(first.map(({ descriptor }) => descriptor.size + 1));
    expect(known.asked).toBe(2);
  });

  it("are an error and forgotten when memory is wrong", async () => {
    const { root, recipes } = await storeOf(1, 1000);
    const known = memory();
    const options = { store: { root }, known };
    await createLayer(recipes[0]!, options);
    writeFileSync(`${root}/nix/store/p0/file`, Buffer.alloc(1000, 9));
    const layer = await createLayer(recipes[0]!, options);
    expect(known.kept.size).toBe(1);
    await expect(drainStream(layer.open())).rejects.toMatchObject({
      code: "DIGEST",
      message: `Cannot make layer ${layer.diffId} of "/nix/store/p0": ` +
        "the files are not what they were when it was named",
      hint: expect.stringContaining("make the plan or the image again"),
    });
    expect(known.kept.size).toBe(0);
    const fresh = await createLayer(recipes[0]!, options);
    expect(fresh.diffId).not.toBe(layer.diffId);
    await drainStream(fresh.open());
  });

  it("are remembered by all that makes their bytes", async () => {
    const { root, recipes } = await storeOf(2, 10);
    const [{ paths }, other] = [recipes[0]!, recipes[1]!];
    const path = paths[0]!;
    const rule = { regex: "x", uid: 0 };
    const different: LayerRecipe[] = [
      { style: "nix2container", paths },
      { style: "dockertools", paths },
      { style: "dockertools", paths: [...paths, ...other.paths] },
      { style: "dockertools", paths: [...other.paths, ...paths] },
      { style: "nix2container", paths, mtime: 2 },
      { style: "nix2container", paths, uid: 1 },
      { style: "nix2container", paths, gid: 1 },
      { style: "nix2container", paths, uname: "x" },
      { style: "nix2container", paths, gname: "x" },
      { style: "nix2container", paths: [{ ...path, rewrite: { regex: "x", repl: "" } }] },
      { style: "nix2container", paths: [{ ...path, rewrite: { regex: "x", repl: "y" } }] },
      { style: "nix2container", paths: [{ ...path, perms: [rule] }] },
      { style: "nix2container", paths: [{ ...path, perms: [rule, rule] }] },
      { style: "nix2container", paths: [{ ...path, perms: [{ ...rule, mode: "0600" }] }] },
    ];
    const keys = different.map((recipe) => keyOf(recipe, { root }));
    expect(keys).not.toContain(undefined);
    expect(new Set(keys).size).toBe(different.length);
    // What is the default is the same said or unsaid.
    const said = { style: "nix2container", paths, mtime: 1, uid: 0, uname: "root" } as const;
    expect(keyOf(said, { root })).toBe(keys[0]);
    // A path that is not there has none, and one that was built again another.
    renameSync(`${root}${path.path}`, `${root}/old`);
    expect(keyOf(recipes[0]!, { root })).toBeUndefined();
    mkdirSync(`${root}${path.path}`);
    expect(keyOf(recipes[0]!, { root })).not.toBe(keys[0]);
  });

  it("of what is in no store are never remembered", async () => {
    const folder = await temporaryFolder();
    writeFileSync(`${folder}/f`, "1");
    const known = memory();
    const recipe = { style: "nix2container", paths: [{ path: folder }] } as const;
    const first = await createLayer(recipe, { known });
    writeFileSync(`${folder}/f`, "2");
    expect((await createLayer(recipe, { known })).diffId).not.toBe(first.diffId);
    expect(known.kept.size).toBe(0);
  });
});

describe("what changes while it is read", () => {
  it.each([["longer", 200_001], ["shorter", 199_999], ["shorter", 0]])(
    "is an error that names it when it becomes %s (%i bytes)",
    async (how, size) => {
      const root = await temporaryFolder();
      const path = "/nix/store/a/f";
      mkdirSync(`${root}/nix/store/a`, { recursive: true });
      writeFileSync(`${root}${path}`, Buffer.alloc(200_000));
      const recipe = { style: "nix2container", paths: [{ path: "/nix/store/a" }] } as const;
      const buffer = Buffer.alloc(64 * 1024);
      const chunks = writeLayerTar(recipe, { root }, () => buffer);
      expect(chunks.next().done).toBe(false);
      writeFileSync(`${root}${path}`, Buffer.alloc(size));
      expect(() => [...chunks]).toThrow(
        expect.objectContaining({
          code: "SIZE",
          message: `Cannot read "${root}${path}": it became ${how} than its 200000 bytes meanwhile`,
        }),
      );
    },
  );

  it("is said, too, of a folder that may not be read", async () => {
    const root = await temporaryFolder();
    mkdirSync(`${root}/nix/store/a/b`, { recursive: true });
    chmodSync(`${root}/nix/store/a/b`, 0);
    const recipe = { style: "nix2container", paths: [{ path: "/nix/store/a" }] } as const;
    const isRoot = process.getuid?.() === 0;
    if (isRoot) expect(layerBytes(recipe, { root }).length).toBeGreaterThan(0);
    else expect(() => layerBytes(recipe, { root })).toThrow("permission denied");
    chmodSync(`${root}/nix/store/a/b`, 0o755);
  });
});

describe("recipes", () => {
  const good: LayerRecipe = { style: "nix2container", paths: [{ path: "/nix/store/a" }] };

  it.each<[string, Partial<LayerRecipe>, string]>([
    ["an mtime", { mtime: 1.5 }, "mtime of a layer is 1.5: it must be whole seconds"],
    ["an owner", { uid: -1 }, "uid of a layer is -1: it must be a whole number, 0 or more"],
    ["a name", { gname: "a\0" }, "gname of a layer is "],
    ["a path", { paths: [{ path: "nix/store/a" }] }, 'paths[0].path of a layer is "nix/store/a"'],
    ["a path", { paths: [{ path: "/nix/../a" }] }, "an absolute path without . and .. in it"],
    ["a path", { paths: [{ path: "/nix/store/a/" }] }, "paths[0].path of a layer is"],
    [
      "a mode",
      { paths: [{ path: "/a", perms: [{ regex: "", mode: "0o755" }] }] },
      '"0o755" is not a mode',
    ],
    ["a mode", { paths: [{ path: "/a", perms: [{ regex: "", mode: "17777" }] }] }, "is not a mode"],
    [
      "a rule",
      { paths: [{ path: "/a", perms: [{ regex: "(" }] }] },
      "perms: the regular expression",
    ],
    [
      "a rewrite",
      { paths: [{ path: "/a", rewrite: { regex: "[", repl: "" } }] },
      "rewrite: the regular",
    ],
    [
      "an owner",
      { paths: [{ path: "/a", perms: [{ regex: "", uid: 0.5 }] }] },
      "paths[0].perms[0].uid",
    ],
  ])("with %s that is none are refused", async (_what, wrong, message) => {
    await expect(createLayers([{ ...good, ...wrong }])).rejects.toMatchObject({
      code: "MALFORMED",
      message: expect.stringContaining(message),
    });
  });
});
