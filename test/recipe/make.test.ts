/** Layers that are made in the place where they stay. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { readContent } from "../../src/image/content.ts";
import { createImage } from "../../src/image/documents/assemble.ts";
import type { ImageBlob } from "../../src/image/root.ts";
import type { KnownLayers } from "../../src/cache/known.ts";
import { createLayers, type LayerPlace } from "../../src/recipe/mod.ts";
import type { LayerRecipe } from "../../src/recipe/recipe.ts";
import type { LayerSum } from "../../src/recipe/sum.ts";
import { openSink } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image, sourceOf } from "../support/images.ts";

/** Makes a store of three paths, and a recipe of each. */
async function makeStore() {
  const root = await temporaryFolder();
  const recipes = ["a", "b", "c"].map((name): LayerRecipe => {
    mkdirSync(`${root}/nix/store/${name}`, { recursive: true });
    writeFileSync(`${root}/nix/store/${name}/file`, name.repeat(3000));
    return { style: "dockertools", paths: [{ path: `/nix/store/${name}` }] };
  });
  return { root, recipes };
}

/** A place that says what comes, and in what form. */
function createPlace(takes: "any" | "sized" | "none", more: Partial<LayerPlace> = {}) {
  const log: string[] = [];
  const place: LayerPlace = {
    traits: { parallel: 1, ordered: true },
    has: () => Promise.resolve(false),
    put: async ({ content }: ImageBlob) => {
      await readContent(content, 1e6);
      log.push(`put ${content.descriptor.digest}`);
    },
    async takeUnnamed({ size } = {}) {
      if (takes === "none" || (takes === "sized" && size === undefined)) return undefined;
      let seen = 0;
      return {
        write: async (bytes) => void (seen += bytes.length),
        async name({ content: { descriptor } }) {
          expect(descriptor.size).toBe(seen);
          if (size !== undefined) expect(seen).toBe(size);
          log.push(`made ${descriptor.digest}`);
        },
        async [Symbol.asyncDispose]() {},
      };
    },
    ...more,
  };
  return { place, log };
}

it.each(["any", "sized"] as const)("are read once, and in order (%s)", async (takes) => {
  const { root, recipes } = await makeStore();
  const named = await createLayers(recipes, { store: { root } });
  const { place, log } = createPlace(takes);
  const into: LayerPlace = {
    ...place,
    async takeUnnamed(options) {
      const unnamed = await place.takeUnnamed!(options);
      return unnamed && {
        ...unnamed,
        async name(blob) {
          await unnamed.name(blob);
          rmSync(`${root}/nix/store/${"abc"[log.length - 1]}`, { recursive: true });
        },
      };
    },
  };
  const made = await createLayers(recipes, { store: { root }, into });
  expect(made.map(({ descriptor }) => descriptor)).toEqual(named.map((one) => one.descriptor));
  expect(log).toEqual(named.map(({ diffId }) => `made ${diffId}`));
});

it("are named first where the place takes no others", async () => {
  const { root, recipes } = await makeStore();
  const named = await createLayers(recipes, { store: { root } });
  const { place, log } = createPlace("none");
  await createLayers(recipes, { store: { root }, into: place });
  expect(log).toEqual(named.map(({ diffId }) => `put ${diffId}`));
  const { takeUnnamed: _none, ...without } = createPlace("any").place;
  const put = () => Promise.reject(new Error("nothing is to be put"));
  expect(await createLayers(recipes, { store: { root }, into: { ...without, put } }))
    .toHaveLength(3);
});

it("that are known come in their order, where the place keeps one, and else not at all", async () => {
  const { root, recipes } = await makeStore();
  const [a, b, c] = await createLayers(recipes, { store: { root } });
  const { digest, size } = b!.descriptor;
  const said: string[] = [];
  const known: KnownLayers = {
    get: (keys) => Promise.resolve(keys.map((_, i) => i === 1 ? { digest, size } : undefined)),
    set: async (layers) => void said.push(...layers.map(([, layer]) => layer.digest)),
    forget: () => Promise.resolve(),
  };
  const { place, log } = createPlace("sized");
  await createLayers(recipes, { store: { root }, known, into: place });
  expect(log).toEqual([`made ${a!.diffId}`, `put ${digest}`, `made ${c!.diffId}`]);
  expect(said).toEqual([a!.diffId, c!.diffId]);
  const free = createPlace("any", { traits: { parallel: 4 } });
  await createLayers(recipes, { store: { root }, known, into: free.place });
  expect(free.log).toEqual([`made ${a!.diffId}`, `made ${c!.diffId}`]);
});

it("that are there already stay, and get no name again", async () => {
  const { root, recipes } = await makeStore();
  const [, b] = await createLayers(recipes, { store: { root } });
  const { place, log } = createPlace("any", {
    traits: { parallel: 4 },
    has: ({ digest }) => Promise.resolve(digest === b!.diffId),
  });
  const layers = await createLayers(recipes, { store: { root }, into: place });
  expect(log).toEqual([layers[0]!, layers[2]!].map(({ diffId }) => `made ${diffId}`));
});

it("are in an archive once, though they are made of different paths, whatever is known", async () => {
  const { root } = await makeStore();
  const recipes = ["a", "b", "c"].map((name): LayerRecipe => {
    const path = `/nix/store/${name}`;
    if (name !== "c") writeFileSync(`${root}${path}/file`, "the same");
    return {
      style: "nix2container",
      paths: [{ path, rewrite: { regex: `^${path}`, repl: "" } }],
    };
  });
  const known = new Map<string, LayerSum>();
  const memory: KnownLayers = {
    get: (keys) => Promise.resolve(keys.map((key) => known.get(key))),
    set: async (layers) => layers.forEach(([key, sum]) => known.set(key, sum)),
    forget: () => Promise.resolve(),
  };
  const folder = await temporaryFolder();
  const files = [1, 2, 3].map((i) => join(folder, `${i}.tar`));
  for (const [i, file] of files.entries()) {
    if (i === 1) known.delete([...known.keys()].at(-1)!);
    const to = await openSink(`docker-archive:${file}`);
    const layers = await createLayers(recipes, { store: { root }, known: memory, into: to });
    expect(layers[0]!.diffId).toBe(layers[1]!.diffId);
    const put = createImage("oci", (await image({ layers: [] })).config, layers);
    await copy(sourceOf({ it: put }), to, { references: ["app:1"] });
    await to[Symbol.asyncDispose]();
  }
  const [cold, ...others] = await Promise.all(files.map((file) => readFile(file)));
  const [, list] = /"Layers":(\[.*?\])/.exec(cold!.toString("latin1"))!;
  expect(JSON.parse(list!).map((name: string) => name.split("-")[0])).toEqual(["1", "1", "2"]);
  for (const other of others) expect(other.equals(cold!)).toBe(true);
});

it.each(["docker-archive", "oci-dir"])("leave nothing when they fail (%s)", async (scheme) => {
  const { root, recipes } = await makeStore();
  const folder = await temporaryFolder();
  const to = await openSink(`${scheme}:${join(folder, "out")}:app:1`);
  rmSync(`${root}/nix/store/c`, { recursive: true });
  await expect(createLayers(recipes, { store: { root }, into: to })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await to[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual([]);
});

it("stop being made when they are not wanted any more", async () => {
  const { root, recipes } = await makeStore();
  const controller = new AbortController();
  const { place } = createPlace("any");
  const into: LayerPlace = {
    ...place,
    async takeUnnamed() {
      controller.abort(new Error("enough"));
      return await place.takeUnnamed!();
    },
  };
  const { signal } = controller;
  await expect(createLayers(recipes, { store: { root }, signal, into })).rejects.toThrow("enough");
});

it("fail of a file that changes between its header and its content", async () => {
  const { root, recipes } = await makeStore();
  const folder = await temporaryFolder();
  const to = await openSink(`docker-archive:${join(folder, "out.tar")}`);
  const into: LayerPlace = {
    ...to,
    async takeUnnamed(options) {
      if (options?.size !== undefined) writeFileSync(`${root}/nix/store/a/file`, "short");
      return await to.takeUnnamed!(options);
    },
  };
  await expect(createLayers(recipes, { store: { root }, into })).rejects.toMatchObject({
    code: "SIZE",
    message: expect.stringContaining("it became shorter than its 3000 bytes meanwhile"),
  });
  await to[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual([]);
  await expect(readFile(join(folder, "out.tar"))).rejects.toThrow();
});
