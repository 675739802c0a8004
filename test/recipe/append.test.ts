/** The one layer of dockerTools' buildImage: a root, and what `tar -r` appends of the store. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLayers, writeLayers } from "../../src/plan/mod.ts";
import { planLayerOf } from "../../src/plan/plan.ts";
import { keyOf } from "../../src/recipe/known.ts";
import { createLayer, type LayerRecipe, type MadeEntry } from "../../src/recipe/mod.ts";
import { folderToDispose, temporaryFolder } from "../support/folder.ts";
import { gnuTar, hasGnuTar } from "../tar/support/oracles.ts";
import { layerBytes, names } from "./support/bytes.ts";
import { unpackStore } from "./support/parity.ts";

const EPOCH = 315_532_800;
/** Sorted by whole paths, what is in `a` comes after `a-b`. */
const ODD = `/nix/store/4c1b2d3f4g5h6i7j8k9l0m1n2p3q4r5s-odd`;
const FILES = [
  "a/f",
  "a-b/f",
  "a.b",
  "a0",
  "a/b/c",
  "a!",
  "-rf",
  "é/f",
  `${"n".repeat(99)}/f`,
  "Z",
];

let folder: Awaited<ReturnType<typeof folderToDispose>>;
let root: string;
let paths: string[];

beforeAll(async () => {
  folder = await folderToDispose();
  root = folder.path;
  await unpackStore(root);
  for (const name of FILES) {
    const file = join(root, ODD, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, name);
    chmodSync(file, 0o444);
  }
  mkdirSync(join(root, ODD, "none"));
  symlinkSync(`/${"t".repeat(120)}`, join(root, ODD, "link"));
  execFileSync("chmod", ["-R", "u=rX,go=rX", join(root, ODD)]);
  paths = readdirSync(join(root, "nix/store")).map((name) => `/nix/store/${name}`);
});

afterAll(() => folder.dispose());

const MADE: readonly MadeEntry[] = [
  { type: "directory", path: "/", mode: 0o775 },
  { type: "file", path: "/etc/motd", content: "hello\n", mode: 0o444 },
  { type: "file", path: `/${"l".repeat(120)}`, content: "long", mode: 0o444 },
];

const recipeOf = (more: Partial<LayerRecipe> = {}): LayerRecipe => ({
  style: "dockertools",
  packer: "gnu-tar",
  append: "store",
  paths: paths.map((path) => ({ path })),
  made: MADE,
  mtime: EPOCH,
  ...more,
});

/** Runs what buildImage runs: tar of the root, then `tar -r` of sorted names. */
async function pack(owner: string, group: string, hasStore: boolean): Promise<Buffer> {
  const work = await temporaryFolder();
  const layer = join(work, "layer");
  mkdirSync(join(layer, "etc"), { recursive: true });
  writeFileSync(join(layer, "etc/motd"), "hello\n");
  writeFileSync(join(layer, "l".repeat(120)), "long");
  execFileSync("chmod", ["-R", "u=rX,go=rX", join(layer)]);
  for (const [folder, mode] of [["etc", 0o755], ["", 0o775]] as const) {
    chmodSync(join(layer, folder), mode);
  }
  mkdirSync(join(work, "nix/store"), { recursive: true });
  execFileSync("chmod", ["-R", "555", join(work, "nix")]);
  const file = join(work, "layer.tar");
  const common = ["--hard-dereference", "--sort=name", `--mtime=@${EPOCH}`, "--format=gnu"];
  gnuTar(["-C", layer, ...common, `--owner=${owner}`, `--group=${group}`, "-cf", file, "."]);
  const found = execFileSync("find", paths.map((path) => path.slice(1)), { cwd: root }).toString();
  const sorted = execFileSync("sort", ["-n"], { input: found, env: { LC_ALL: "C" } }).toString();
  // Names are absolute there, and tar removes the slash.
  const list = [...hasStore ? [`-C${work}`, "./nix", "./nix/store"] : [], `-C${root}`, sorted];
  writeFileSync(join(work, "newFiles"), list.join("\n"));
  const owners = ["--owner=root:0", "--group=root:0", "--no-recursion"];
  gnuTar(["-rpf", file, ...common, ...owners, "--files-from", join(work, "newFiles")]);
  return readFileSync(file);
}

const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("store paths appended to a root", () => {
  it("come after it, sorted by whole paths, below folders that nobody may write", async () => {
    const listed = await names(layerBytes(recipeOf({ paths: [{ path: ODD }] }), { root }));
    const short = listed.map((name) => name.replace(ODD.slice(1), "ODD").replace(/n{9,}/, "n…"));
    expect(short.map((name) => name.replace(/l{9,}/, "l…"))).toEqual([
      ...["./", "./etc/", "./etc/motd", "./l…", "./nix/", "./nix/store/"],
      ...["ODD/", "ODD/-rf", "ODD/Z", "ODD/a/", "ODD/a!", "ODD/a-b/", "ODD/a-b/f", "ODD/a.b"],
      ...["ODD/a/b/", "ODD/a/b/c", "ODD/a/f", "ODD/a0", "ODD/link", "ODD/n…/", "ODD/n…/f"],
      ...["ODD/none/", "ODD/é/", "ODD/é/f"],
    ]);
  });

  it.skipIf(!hasGnuTar || process.platform !== "linux")("have GNU tar's bytes", async () => {
    const expected = await pack("root:0", "root:0", true);
    expect(digestOf(layerBytes(recipeOf(), { root }))).toBe(digestOf(expected));
    const users = await pack("nixbld:1000", "nixbld:100", false);
    const recipe = recipeOf({
      append: "paths",
      uid: 1000,
      gid: 100,
      uname: "nixbld",
      gname: "nixbld",
    });
    expect(digestOf(layerBytes(recipe, { root }))).toBe(digestOf(users));
  });

  it("leave out what the root has", async () => {
    const made: readonly MadeEntry[] = [
      { type: "file", path: `${ODD}/a/f`, content: "mine", mode: 0o644 },
    ];
    const listed = await names(layerBytes(recipeOf({ paths: [{ path: ODD }], made }), { root }));
    expect(listed.filter((name) => name.endsWith("a/f"))).toEqual([`.${ODD}/a/f`]);
    expect(listed.filter((name) => name === "./nix/")).toHaveLength(1);
    expect(listed).toContain(`${ODD.slice(1)}/a-b/f`);
  });

  it("are in a plan, and make another layer than others do", async () => {
    const layer = await createLayer(recipeOf(), { store: { root } });
    const text = writeLayers([planLayerOf(layer, { recipe: layer.recipe })]);
    const [read] = await readLayers(Buffer.from(text), "layers.json");
    expect(digestOf(layerBytes(read!.recipe!, { root }))).toBe(layer.diffId.split(":")[1]);
    const { append: _append, ...rest } = recipeOf();
    const keys = [recipeOf(), recipeOf({ append: "paths" }), rest].map((one) =>
      keyOf(one, { root })
    );
    expect(new Set(keys).size).toBe(3);
  });

  it("need GNU tar", async () => {
    const { packer: _packer, ...rest } = recipeOf();
    await expect(createLayer(rest, { store: { root } })).rejects.toThrow(
      'append of a layer is "store": it must be left out where gnu-tar is not the packer',
    );
  });
});
