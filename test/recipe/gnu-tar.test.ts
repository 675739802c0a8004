/** Layers that GNU tar packs: the bytes of dockerTools' customisation layer. */
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readLayers, writeLayers } from "../../src/plan/mod.ts";
import { createLayer, type LayerRecipe, type MadeEntry } from "../../src/recipe/mod.ts";
import { planLayerOf } from "../../src/plan/plan.ts";
import { temporaryFolder } from "../support/folder.ts";
import { gnuTar, hasGnuTar } from "../tar/support/oracles.ts";
import { random } from "../tar/support/random.ts";
import { layerBytes, names } from "./support/bytes.ts";

const recipeOf = (made: readonly MadeEntry[]): LayerRecipe => ({
  style: "dockertools",
  packer: "gnu-tar",
  paths: [],
  made,
  mtime: 315_532_800,
});

/** Writes the entries below a folder; what only lies between is 0755. */
function plant(root: string, made: readonly MadeEntry[]): void {
  const folders: (readonly [string, number])[] = [];
  const makeFolder = (path: string) => {
    mkdirSync(path, { recursive: true });
  };
  chmodSync(root, 0o755);
  for (const one of made) {
    const place = join(root, one.path);
    makeFolder(dirname(place));
    if (one.type === "directory") {
      makeFolder(place);
      folders.push([place, one.mode ?? 0o755]);
    } else if (one.type === "symlink") symlinkSync(one.target, place);
    else if (one.type === "hardlink") linkSync(join(root, one.target), place);
    else {
      writeFileSync(place, one.content as Uint8Array);
      chmodSync(place, one.mode ?? 0o644);
    }
  }
  for (const [place, mode] of folders) chmodSync(place, mode);
}

/** As dockerTools calls it, but for the owner, which is fakeroot's there. */
const packed = (root: string): Buffer =>
  gnuTar([
    ...["--sort=name", "--numeric-owner", "--owner=0", "--group=0", "--mtime=@315532800"],
    ...["--hard-dereference", "--format=gnu", "-C", root, "-cf", "-", "."],
  ]);

const NAMES = ["a", "a-b", "a.b", "a0", "Z", "é", "日本", "\u{1f600}", "n".repeat(90)];

/** A tree of links, folders and files with names, targets and sizes of all lengths. */
function grow(seed: number): MadeEntry[] {
  const numbers = random(seed);
  const made: MadeEntry[] = [];
  const files: string[] = [];
  const fill = (folder: string, depth: number): void => {
    for (const name of NAMES) {
      const path = `${folder}/${name}${"x".repeat(numbers.below(20))}`;
      const kind = numbers.below(6);
      if (kind < 2 && depth > 0) {
        made.push({ type: "directory", path, mode: numbers.pick([0o755, 0o1777, 0o2700]) });
        fill(path, depth - 1);
      } else if (kind < 4) {
        made.push({
          type: "symlink",
          path,
          target: `/nix/store/${"é".repeat(numbers.below(60))}t`,
        });
      } else if (kind === 4 && files.length > 0) {
        made.push({ type: "hardlink", path, target: numbers.pick(files) });
      } else {
        files.push(path);
        made.push({ type: "file", path, content: numbers.bytes(numbers.below(1100)) });
      }
    }
  };
  fill("", 3);
  return made;
}

describe("a layer that GNU tar packs", () => {
  it.skipIf(!hasGnuTar).each([1, 2, 3, 4, 5])("has its bytes: tree %i", async (seed) => {
    const root = await temporaryFolder();
    const made = grow(seed);
    plant(root, made);
    const bytes = layerBytes(recipeOf(made), {}, 20_000);
    expect(bytes.equals(packed(root))).toBe(true);
  });

  it.skipIf(!hasGnuTar)("is a folder though nothing is in it", async () => {
    const root = await temporaryFolder();
    plant(root, []);
    expect(layerBytes(recipeOf([])).equals(packed(root))).toBe(true);
  });

  it("lists its files from ./ on, sorted by bytes, folders between them", async () => {
    const made: MadeEntry[] = [
      { type: "symlink", path: "/share/a/x", target: "y" },
      { type: "symlink", path: "/share/a-b", target: "y" },
      { type: "symlink", path: "/bin/sh", target: "y" },
    ];
    expect(await names(layerBytes(recipeOf(made)))).toEqual(
      ["./", "./bin/", "./bin/sh", "./share/", "./share/a/", "./share/a/x", "./share/a-b"],
    );
  });

  it("has owners, and attributes that GNU tar itself would leave out", async () => {
    const made: MadeEntry[] = [
      {
        type: "file",
        path: "/ping",
        content: "x",
        uid: 3_000_000,
        gid: 7,
        uname: "nobody",
        xattrs: { "security.capability": "c" },
      },
    ];
    const { readTar } = await import("../../src/tar/mod.ts");
    const { streamBytes } = await import("../../src/bytes/stream.ts");
    const entries = [];
    for await (const { entry } of readTar(streamBytes(layerBytes(recipeOf(made))))) {
      entries.push(entry);
    }
    expect(entries[1]).toMatchObject({ path: "./ping", uid: 3_000_000, gid: 7, uname: "" });
    expect([...entries[1]!.xattrs.keys()].map(String)).toEqual(["security.capability"]);
  });

  it("is in plans as it is", async () => {
    const layer = await createLayer(recipeOf([{ type: "symlink", path: "/a", target: "b" }]));
    const written = writeLayers([planLayerOf(layer, { recipe: layer.recipe })]);
    const [read] = await readLayers(Buffer.from(written), "it");
    expect(read!.recipe).toMatchObject({ packer: "gnu-tar", mtime: 315_532_800 });
    expect((await createLayer(read!.recipe!)).diffId).toBe(layer.diffId);
  });
});
