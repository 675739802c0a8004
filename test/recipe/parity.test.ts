/** The bytes that dockerTools' script and nix2container made of the same store. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { createLayers } from "../../src/recipe/mod.ts";
import { readOutline } from "../../src/recipe/outline.ts";
import type { LayerRecipe } from "../../src/recipe/recipe.ts";
import { folderToDispose } from "../support/folder.ts";
import { collected, layerBytes } from "./support/bytes.ts";
import { golden, unpackStore } from "./support/parity.ts";

interface Recorded {
  readonly what: string;
  readonly recipe: LayerRecipe;
  readonly digest: string;
  readonly size: number;
}

const dockertools: Recorded[] = golden("dockertools-layers.json").layers.map(
  // deno-lint-ignore no-explicit-any
  ({ paths, diffId, size, ...owner }: any) => ({
    what: `${paths.length} paths from ${paths[0]}, owner ${owner.uid}`,
    recipe: { style: "dockertools", paths: paths.map((path: string) => ({ path })), ...owner },
    digest: diffId,
    size,
  }),
);

const nix2container: Recorded[] = golden("nix2container-layers.json").runs.flatMap(
  // deno-lint-ignore no-explicit-any
  ({ args, layers }: any) =>
    // deno-lint-ignore no-explicit-any
    layers.map(({ paths, digest, size }: any, i: number) => ({
      what: `layer ${i} of ${args.join(" ") || "all defaults"}`,
      recipe: {
        style: "nix2container",
        // deno-lint-ignore no-explicit-any
        paths: paths.map(({ path, options }: any) => ({ path, ...options })),
      },
      digest,
      size,
    })),
);

let root: { path: string; dispose(): Promise<void> };
beforeAll(async () => {
  root = await folderToDispose();
  await unpackStore(root.path);
});
afterAll(() => root.dispose());

describe.each([["dockertools", dockertools], ["nix2container", nix2container]] as const)(
  "layers in the style of %s",
  (_style, recorded) => {
    it.each(recorded)("have the recorded bytes: $what", async ({ recipe, digest, size }) => {
      // Buffers so small that headers and files are cut in all places.
      for (const buffer of [10_241, 12_345, 64 * 1024, 1 << 20]) {
        const bytes = layerBytes(recipe, { root: root.path }, buffer);
        expect(bytes.length).toBe(size);
        expect(digestOf(bytes)).toBe(digest);
      }
      expect((await readOutline(recipe, { root: root.path })).size).toBe(size);
    });

    it("are named all at once, and make the bytes that they are named after", async () => {
      const layers = await createLayers(recorded.map(({ recipe }) => recipe), {
        store: { root: `${root.path}/` },
      });
      expect(layers.map(({ diffId }) => diffId)).toEqual(recorded.map(({ digest }) => digest));
      for (const layer of layers) {
        expect(layer.descriptor.digest).toBe(layer.diffId);
        expect(digestOf(await collected(layer.open()))).toBe(layer.diffId);
      }
    });
  },
);
