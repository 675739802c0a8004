/** Nixpkgs in an image's store: its paths are Nix's, and its layer has the files once. */
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { NixociError } from "../../src/base/errors.ts";
import { collectStream } from "../../src/bytes/stream.ts";
import { build, type BuildOptions } from "../../src/compose/build.ts";
import { keepPassingLayers } from "../../src/compose/keep-passing.ts";
import { addFlags } from "../../src/compose/spec/flags.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { cat, ls } from "../../src/flatten/mod.ts";
import { readTar } from "../../src/tar/read.ts";
import { spawned } from "../cli/run.ts";
import { archiveOf } from "../support/archives.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";
import { HELLO, makeSmallStore } from "./store.ts";

/** What `nix-store --add-fixed --recursive sha256` says of the tree, by the name of the folder. */
const NIXPKGS = "/nix/store/xp168x5yr785avlf2mil6ydzwcvhpzm4-nixpkgs-src";
const SOURCE = "/nix/store/47hks1wf6azabvp6kldzz0cfmq7d71sw-source";
const HASH = "sha256-+CNP5KrFWXTj6DszH/xuiJvNVKAac2VKaJTOrafBmbo=";

/** The same tree as a folder and as an archive, beside a small store. */
async function makeTrees(): Promise<string> {
  const folder = await temporaryFolder();
  await makeSmallStore(folder);
  const tree = join(folder, "tree");
  await mkdir(join(tree, "lib"), { recursive: true });
  await writeFile(join(tree, "default.nix"), "{ }\n");
  await writeFile(join(tree, "lib/run"), "run\n");
  await chmod(join(tree, "lib/run"), 0o755);
  await symlink("../default.nix", join(tree, "lib/link"));
  const archive = await archiveOf({
    "nixpkgs-1": { type: "directory", mode: 0o775 },
    "nixpkgs-1/default.nix": Buffer.from("{ }\n"),
    "nixpkgs-1/lib": { type: "directory", mode: 0o700 },
    "nixpkgs-1/lib/link": { type: "symlink", linkpath: "../default.nix" },
    "nixpkgs-1/lib/other": Buffer.from(""),
  });
  await writeFile(join(folder, "other.tar.gz"), gzipSync(archive));
  return folder;
}

async function built(folder: string, spec: Spec, options: BuildOptions = {}) {
  const all = { store: "store", closure: "graph.json", deps: HELLO, ...spec };
  return await build(all, { folder, ...options });
}

const formatError = (error: NixociError) =>
  `${error.code} ${error.message}${error.hint ? ` (${error.hint})` : ""}`;

describe("nixpkgs in an image", () => {
  it("has the store path that Nix gives it, and modes of the store", async () => {
    const folder = await makeTrees();
    await using made = await built(folder, { nixpkgs: "tree" });
    const files = [...await ls(made.image)].filter(({ path }) => path.includes("nixpkgs-src"));
    expect(files.map(({ path, type, mode }) => `${type} ${mode.toString(8)} ${path}`)).toEqual([
      `directory 555 ${NIXPKGS}`,
      `file 444 ${NIXPKGS}/default.nix`,
      `directory 555 ${NIXPKGS}/lib`,
      `symlink 777 ${NIXPKGS}/lib/link`,
      `file 555 ${NIXPKGS}/lib/run`,
    ]);
    expect(made.plan.config.config).toMatchObject({ Env: [`NIX_PATH=nixpkgs=${NIXPKGS}`] });
  });

  it("is one layer below the customisation layer, with hard links for a second name", async () => {
    const folder = await makeTrees();
    const nixpkgs = { source: "tree", names: ["nixpkgs-src", "source"], sha256: HASH };
    await using made = await built(folder, { nixpkgs, includeNixDB: true, contents: HELLO });
    const { layers } = made.image;
    const own: string[] = [];
    for await (const { entry } of readTar(layers.at(-2)!.open())) {
      own.push([entry.type, entry.path, entry.linkpath].join(" ").trim());
    }
    const [first, second] = [NIXPKGS, SOURCE];
    expect(own).toContain(`file ${first}/default.nix`);
    expect(own).toContain(`hardlink ${second}/default.nix ${first}/default.nix`);
    expect(own).toContain(`symlink ${second}/lib/link ../default.nix`);
    const database = await collectStream(
      await cat(made.image, "/nix/var/nix/db/db.sqlite"),
      1 << 22,
      "the database",
    );
    for (const path of [NIXPKGS, SOURCE, HELLO]) expect(database.includes(path)).toBe(true);
  });

  it("moves no other layer but those above it when it is another one", async () => {
    const folder = await makeTrees();
    const spec = { includeNixDB: true, contents: HELLO };
    await using one = await built(folder, { ...spec, nixpkgs: "tree" });
    await using other = await built(folder, { ...spec, nixpkgs: "other.tar.gz" });
    const digests = ({ image }: typeof one) => image.layers.map((layer) => layer.descriptor.digest);
    const [before, after] = [digests(one), digests(other)];
    expect(after.length).toBe(before.length);
    expect(after.map((digest, i) => digest === before[i]))
      .toEqual(before.map((_, i) => i < before.length - 2));
  });

  it("is not put over a base that has it, and NIX_PATH of the SPEC stays", async () => {
    const folder = await makeTrees();
    await using base = await built(folder, { nixpkgs: "tree" });
    await using above = await built(
      folder,
      { nixpkgs: "tree", config: { Env: ["NIX_PATH=nixpkgs=/own"] } },
      { base: { image: base.image, reference: "oci-dir:base" } },
    );
    expect(above.image.layers).toEqual(base.image.layers);
    expect(above.plan.config.config).toMatchObject({ Env: ["NIX_PATH=nixpkgs=/own"] });
  });

  it("is refused where it cannot be what an expression asks for", async () => {
    const folder = await makeTrees();
    await mkdir(join(folder, "checkout/.git"), { recursive: true });
    await writeFile(
      join(folder, "two.tar"),
      await archiveOf({ a: Buffer.from(""), b: Buffer.from("") }),
    );
    await writeFile(join(folder, "text"), "<html>");
    const refused = async (nixpkgs: Spec["nixpkgs"]) =>
      await built(folder, { nixpkgs }).then(
        () => "",
        ({ code, message }) => `${code} ${message}`,
      );
    expect(await refused({ source: "tree", sha256: HASH.replace("+CN", "+CM") }))
      .toBe(
        `DIGEST nixpkgs: ${folder}/tree has the hash ${HASH}, not ${HASH.replace("+CN", "+CM")}`,
      );
    expect(await refused("checkout"))
      .toBe(`USAGE nixpkgs: ${folder}/checkout is a checkout of git: its hash is not an archive's`);
    expect(await refused("two.tar")).toBe(
      `MALFORMED nixpkgs: ${folder}/two.tar has not one folder at its top, as Nix wants it`,
    );
    expect(await refused("text")).toMatch(/^MALFORMED nixpkgs: Cannot read the archive .*text: /);
    expect(await refused("nowhere")).toMatch(/^NOT_FOUND nixpkgs: .*nowhere/);
    expect(await refused({ source: "tree", names: ["a/b"] }))
      .toBe('USAGE nixpkgs.names[0]: no store path can be called "a/b"');
    expect(await refused({ source: "tree", names: ["a", "a"] }))
      .toBe("USAGE nixpkgs.names: a name is there twice");
    expect(await refused({ source: "tree", names: [] }))
      .toBe("USAGE nixpkgs.names: there is no name");
  });

  it.skipIf(lacks("xz", "bzip2", "tar")).each([
    ["xz", "--xz"],
    ["bzip2", "--bzip2"],
  ])("may come packed with %s, whose program takes that off", async (program, flag) => {
    const folder = await makeTrees();
    const words = ["-C", folder, flag, "-cf", join(folder, "packed.tar"), "tree"];
    expect(await spawned("tar", words)).toMatchObject({ status: 0, stderr: "" });
    const nixpkgs = { source: "packed.tar", sha256: HASH };
    await using made = await built(folder, { nixpkgs });
    expect([...await ls(made.image)].map(({ path }) => path)).toContain(`${NIXPKGS}/lib/run`);

    const refused = () => built(folder, { nixpkgs }).then(() => "", formatError);
    vi.stubEnv("PATH", folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await refused()).toBe(
      `UNSUPPORTED nixpkgs: Cannot read the archive ${folder}/packed.tar: it is compressed with ` +
        `${program}, and the program ${program} cannot be run (install ${program}, or pack the archive ` +
        "with gzip or zstd)",
    );
    vi.unstubAllEnvs();
    const bytes = await readFile(join(folder, "packed.tar"));
    await writeFile(join(folder, "packed.tar"), bytes.subarray(0, bytes.length - 20));
    expect(await refused()).toMatch(/^MALFORMED nixpkgs: Cannot read .* is damaged or cut short/);
  });

  it("is kept as a tar beside a plan where it comes out of an archive", async () => {
    const folder = await makeTrees();
    await using made = await built(folder, { nixpkgs: "other.tar.gz" });
    await expect(keepPassingLayers(made, undefined)).rejects.toMatchObject({
      code: "USAGE",
      hint: "name a folder for its tar: --tar-directory",
    });
    const kept = await keepPassingLayers(made, join(folder, "tars"));
    const tars = kept.layers.filter(({ tarball }) => tarball !== undefined);
    expect(tars.map(({ digest }) => digest)).toEqual(made.passing);
    expect(tars).toHaveLength(1);
    await using fromFolder = await built(folder, { nixpkgs: "tree" });
    expect(fromFolder.passing).toEqual([]);
  });

  it("is said by flags, too", () => {
    expect(addFlags({}, { nixpkgs: "/n.tar.gz", "nixpkgs-name": ["source"] }))
      .toEqual({ nixpkgs: { source: "/n.tar.gz", names: ["source"] } });
    expect(addFlags({ nixpkgs: "/a" }, { "nixpkgs-name": ["source"] }))
      .toEqual({ nixpkgs: { source: "/a", names: ["source"] } });
    expect(() => addFlags({}, { "nixpkgs-name": ["source"] }))
      .toThrow("--nixpkgs-name: there is no nixpkgs");
  });
});
