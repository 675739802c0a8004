/** Links to folders in paths that are laid over each other, as rsync does it with -k and with -K. */
import { spawnSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LayerRecipe } from "../../src/recipe/mod.ts";
import { listLayerMembers } from "../../src/recipe/members.ts";
import { temporaryFolder } from "../support/folder.ts";
import { random } from "../tar/support/random.ts";

const pathOf = (i: number) => `/nix/store/${String(i).repeat(32)}-tree`;

type Tree = Readonly<Record<string, string>>;

/** Makes trees in a store of their own; `-> text` is a link. */
async function store(trees: readonly Tree[]): Promise<string> {
  const root = await temporaryFolder();
  trees.forEach((tree, i) => {
    mkdirSync(join(root, pathOf(i)), { recursive: true });
    for (const [name, text] of Object.entries(tree)) {
      const path = join(root, pathOf(i), name);
      mkdirSync(dirname(path), { recursive: true });
      if (text.startsWith("-> ")) symlinkSync(text.slice(3), path);
      else writeFileSync(path, text);
    }
  });
  return root;
}

function members(
  root: string,
  count: number,
  folderLinks: LayerRecipe["folderLinks"],
): string[] {
  const paths = Array.from({ length: count }, (_, i) => ({
    path: pathOf(i),
    rewrite: { regex: `^${pathOf(i)}`, repl: "" },
  }));
  const recipe: LayerRecipe = { style: "dockertools", paths, ...(folderLinks && { folderLinks }) };
  return [...listLayerMembers(recipe, { root })].map(({ member: { name, type, linkname } }) =>
    linkname === "" ? `${name} ${type}` : `${name} -> ${linkname}`
  ).sort();
}

/** The same of a folder on disk. */
function listDisk(root: string, below = ""): string[] {
  return readdirSync(root + below).flatMap((name) => {
    const path = `${below}/${name}`;
    const stat = lstatSync(root + path);
    if (stat.isSymbolicLink()) return [`${path} -> ${readlinkSync(root + path)}`];
    return stat.isDirectory() ? [`${path} directory`, ...listDisk(root, path)] : [`${path} file`];
  }).sort();
}

const hasRsync = spawnSync("rsync", ["--version"]).status === 0;

/** What rsync makes of the trees; nothing where it fails. */
async function copied(root: string, count: number, flag: "k" | "K"): Promise<string[] | undefined> {
  const to = await temporaryFolder();
  for (let i = 0; i < count; i++) {
    const { status } = spawnSync("rsync", [`-a${flag}`, `${root}${pathOf(i)}/`, `${to}/`]);
    if (status !== 0) return undefined;
  }
  return listDisk(to);
}

/** Random trees whose links lead forwards only, so that none goes in a circle. */
function grow(seed: number): Tree {
  const numbers = random(seed);
  const tree: Record<string, string> = {};
  const folders = ["a", "b", "c", "d"];
  folders.forEach((folder, i) => {
    const later = folders.slice(i + 1);
    if (later.length > 0 && numbers.chance(0.4)) tree[folder] = `-> ${numbers.pick(later)}`;
    else {
      tree[`${folder}/f${numbers.below(3)}`] = "x";
      if (later.length > 0 && numbers.chance(0.4)) {
        tree[`${folder}/in`] = `-> ../${numbers.pick(later)}`;
      }
      if (numbers.chance(0.3)) tree[`${folder}/gone`] = "-> nowhere";
      if (numbers.chance(0.3)) tree[`${folder}/out`] = "-> /nonexistent/dir";
    }
  });
  return tree;
}

describe("links to folders", () => {
  it.skipIf(!hasRsync).each(Array.from({ length: 20 }, (_, i) => i))(
    "are what rsync -k makes of random trees: %i",
    async (seed) => {
      const root = await store([grow(seed), grow(seed + 1000)]);
      const expected = await copied(root, 2, "k");
      const made = () => members(root, 2, "follow");
      if (expected === undefined) expect(made).toThrow();
      else expect(made()).toEqual(expected);
    },
  );

  it.skipIf(!hasRsync).each(Array.from({ length: 20 }, (_, i) => i))(
    "are what rsync -K makes of random trees: %i",
    async (seed) => {
      const root = await store([grow(seed), grow(seed + 1000)]);
      const expected = await copied(root, 2, "K");
      const made = () => members(root, 2, "keep");
      if (expected === undefined) expect(made).toThrow();
      else expect(made()).toEqual(expected);
    },
  );

  const merged: readonly Tree[] = [{ "bin/x": "1", sbin: "-> bin" }, { "sbin/y": "2" }];

  it("become folders with their files", async () => {
    const root = await store(merged);
    const all = [
      "/bin directory",
      "/bin/x file",
      "/sbin directory",
      "/sbin/x file",
      "/sbin/y file",
    ];
    expect(members(root, 2, "follow")).toEqual(all);
    expect(members(await store([...merged].reverse()), 2, "follow")).toEqual(all);
  });

  it("stay, and lead to what later paths have there", async () => {
    expect(members(await store(merged), 2, "keep")).toEqual([
      "/bin directory",
      "/bin/x file",
      "/bin/y file",
      "/sbin -> bin",
    ]);
    const root = await store([...merged].reverse());
    expect(() => members(root, 2, "keep")).toThrow("a folder is there already");
  });

  it("stay as they are where nobody asks, until a folder comes", async () => {
    const root = await store(merged);
    expect(members(root, 1, undefined)).toContain("/sbin -> bin");
    expect(members(root, 2, undefined)).toContain("/sbin/x file");
  });

  it("stay where they go in a circle, or lead out of the store", async () => {
    const root = await store([{
      "zone/UTC": "x",
      "zone/posix": "-> .",
      run: "-> /run",
      up: "-> ..",
    }]);
    expect(members(root, 1, "follow")).toEqual([
      "/run -> /run",
      "/up -> ..",
      "/zone directory",
      "/zone/UTC file",
      "/zone/posix -> .",
    ]);
    const twins = await store([{ "a/x": "-> ../b", "b/y": "-> ../a" }]);
    expect(members(twins, 1, "follow")).toContain("/a/x/y -> ../a");
  });

  it("into another store path become its folder", async () => {
    const root = await store([{ bin: `-> ${pathOf(1)}/bin` }, { "bin/x": "1" }]);
    expect(members(root, 1, "follow")).toEqual(["/bin directory", "/bin/x file"]);
  });

  it("are not followed without end", async () => {
    const tree: Record<string, string> = { "d24/f": "x" };
    for (let i = 0; i < 24; i++) {
      for (const name of ["x", "y"]) tree[`d${i}/${name}`] = `-> ../d${i + 1}`;
    }
    const root = await store([tree]);
    expect(() => members(root, 1, "follow")).toThrow(
      expect.objectContaining({
        code: "LIMIT",
        message: expect.stringContaining("more than 100000"),
      }),
    );
  });
});
