/** Outlines of layers: as large as what is made, and of the same bytes. */
import { Buffer } from "node:buffer";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import type { MadeEntry } from "../../src/recipe/mod.ts";
import { readOutline } from "../../src/recipe/outline.ts";
import type { LayerRecipe } from "../../src/recipe/recipe.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type Random, random } from "../tar/support/random.ts";
import { layerBytes } from "./support/bytes.ts";

/** Returns the bytes that an outline makes, and the size that it says. */
async function outlined(recipe: LayerRecipe, root: string) {
  const buffer = Buffer.alloc(64 * 1024);
  const { size, write } = await readOutline(recipe, { root });
  const chunks: Buffer[] = [];
  for (const chunk of write(() => buffer)) chunks.push(Buffer.from(chunk));
  return { size, bytes: Buffer.concat(chunks) };
}

const NAMES = ["a", "é", "n".repeat(100), "x".repeat(156), `${"d".repeat(90)}ü`];

/** Grows files, folders and links of all lengths of names. */
function grow(at: string, dice: Random, depth: number): void {
  mkdirSync(at);
  for (const name of NAMES) {
    const path = `${at}/${name}`;
    const kind = dice.below(4);
    if (kind === 0 && depth > 0) grow(path, dice, depth - 1);
    else if (kind === 1) symlinkSync("../".repeat(dice.below(60)) + "é", path);
    else if (kind > 1) {
      writeFileSync(path, Buffer.alloc(dice.pick([0, 1, 511, 512, 513, 70_000]), 7));
      chmodSync(path, dice.pick([0o444, 0o4755]));
    }
  }
}

/** Makes entries of every kind. */
function makeEntries(dice: Random): MadeEntry[] {
  return [
    { type: "directory", path: "/made", mode: 0o700, uid: dice.pick([1, 3_000_000]) },
    { type: "file", path: "/made/file", content: "x".repeat(dice.below(2000)), mode: 0o644 },
    { type: "hardlink", path: "/made/same", target: "/made/file" },
    { type: "symlink", path: "/made/link", target: "é".repeat(1 + dice.below(120)) },
    {
      type: "file",
      path: `/made/${"l".repeat(200)}`,
      content: "with attributes",
      mode: 0o755,
      mtime: dice.pick([5, 9_000_000_000]),
      xattrs: { "user.note": "n".repeat(dice.below(900)) },
    },
  ];
}

const KINDS: Readonly<Record<string, Partial<LayerRecipe>>> = {
  "Python's": { style: "dockertools" },
  "Go's": { style: "nix2container" },
  "GNU tar's": { style: "dockertools", packer: "gnu-tar" },
  "GNU tar's with more behind": { style: "dockertools", packer: "gnu-tar", append: "store" },
};

it.each(Object.keys(KINDS))("of any files are as large as %s layer, and make it", async (kind) => {
  const root = await temporaryFolder();
  mkdirSync(`${root}/nix/store`, { recursive: true });
  for (let seed = 0; seed < 12; seed++) {
    const dice = random(seed);
    const path = `/nix/store/p${seed}`;
    grow(root + path, dice, 2);
    const recipe: LayerRecipe = {
      style: "dockertools",
      ...KINDS[kind],
      paths: [{ path }],
      ...dice.chance(0.7) && { made: makeEntries(dice) },
      ...dice.chance(0.5) && { uid: 5, uname: "jörg", gname: "g".repeat(40) },
    };
    const bytes = layerBytes(recipe, { root });
    const made = await outlined(recipe, root);
    expect([seed, made.size, digestOf(made.bytes)]).toEqual([seed, bytes.length, digestOf(bytes)]);
  }
});

it("of more files than are kept in memory make the same layer", async () => {
  const made = Array.from({ length: 9000 }, (_, i): MadeEntry => ({
    type: "directory",
    path: `/d${i}`,
    mode: 0o755,
  }));
  const recipe: LayerRecipe = { style: "nix2container", paths: [], made };
  const bytes = layerBytes(recipe);
  expect(bytes.length).toBeGreaterThan(4 * 1024 * 1024);
  const outline = await outlined(recipe, "");
  expect(outline.size).toBe(bytes.length);
  expect(digestOf(outline.bytes)).toBe(digestOf(bytes));
});

it("read no contents, and fail of what is not there", async () => {
  const root = await temporaryFolder();
  mkdirSync(`${root}/nix/store/p`, { recursive: true });
  writeFileSync(`${root}/nix/store/p/file`, "1234");
  const recipe: LayerRecipe = { style: "dockertools", paths: [{ path: "/nix/store/p" }] };
  const { write } = await readOutline(recipe, { root });
  writeFileSync(`${root}/nix/store/p/file`, "12345");
  const buffer = Buffer.alloc(64 * 1024);
  expect(() => [...write(() => buffer)]).toThrow("it became longer than its 4 bytes meanwhile");
  rmSync(`${root}/nix/store/p`, { recursive: true });
  await expect(readOutline(recipe, { root })).rejects.toMatchObject({ code: "NOT_FOUND" });
});
