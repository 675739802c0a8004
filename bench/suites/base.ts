/**
 * A base image beside `cp -a` of the same bytes: store paths of Debian's packages, and a nixpkgs of 30,000
 * small files, as a folder and as an archive, into an uncompressed oci-dir. Processor time counts.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../test/e2e/support/command.ts";
import { measureProcessor } from "../processor.ts";
import { benchStore } from "../store/mod.ts";
import type { BenchOptions, Suite } from "../suite.ts";
import { markdown } from "../table.ts";
import { NODE } from "../tools.ts";

const FILES = 30_000;
const TOOLS = ["git", "bash", "coreutils", "perl"];

async function measureBase({ runs }: BenchOptions): Promise<string> {
  const store = await benchStore();
  const folder = await mkdtemp(join(tmpdir(), "nixoci-bench-base-"));
  try {
    const tree = await makeNixpkgs(folder);
    const archive = join(folder, "nixpkgs.tar.gz");
    await run(["tar", "-czf", archive, "-C", folder, "nixpkgs"]);
    const names = await readdir(join(store.root, "nix/store"));
    const find = (name: string) =>
      `/nix/store/${names.find((one) => new RegExp(`^.{32}-${name}-\\d`).test(one))}`;
    const tools = TOOLS.map(find);
    const nix = find("python3-numpy"); // any package will do
    const query = ["nix-store", "--store", store.root, "-qR", nix, ...tools];
    const paths = (await run(query)).trim().split("\n").map((path) => store.root + path);
    const env = { ...process.env, NIXOCI_CACHE_DIR: join(folder, "cache") };
    const output = join(folder, "out");
    const base = (nixpkgs: string) => [
      ...[...NODE, "base", "--quiet", "--compress", "none", "--store", store.root, "--nix", nix],
      ...tools.flatMap((tool) => ["--tool", tool]),
      ...["--nixpkgs", nixpkgs, `oci-dir:${output}:bench`],
    ];
    const rows = [
      { name: "cp -a", words: ["cp", "-a", ...paths, tree, output] },
      { name: "base, nixpkgs in a folder", words: base(tree) },
      { name: "base, nixpkgs in an archive", words: base(archive) },
    ];
    const all = rows.map((): number[] => []);
    for (let i = 0; i <= runs; i++) {
      for (const [at, { words }] of rows.entries()) {
        await rm(output, { recursive: true, force: true });
        await mkdir(output);
        for (const end of ["", "-wal", "-shm"]) {
          await rm(join(folder, "cache", `cache.sqlite${end}`), { force: true });
        }
        const seconds = await measureProcessor(words, env);
        if (i > 0) all[at]!.push(seconds); // the first of each warms what the disk and Node remember
      }
    }
    const middles = all.map((one) => one.toSorted((a, b) => a - b)[Math.floor(one.length / 2)]!);
    return markdown(
      [`${paths.length} paths, ${FILES} files`, "processor", "to cp -a", "target"],
      rows.map(({ name }, at) => [
        name,
        `${middles[at]!.toFixed(2)} s`,
        (middles[at]! / middles[0]!).toFixed(2),
        at === 0 ? "" : "2.0",
      ]),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes a tree of nixpkgs' kind: three small files a folder, 5 KB each on average. */
async function makeNixpkgs(folder: string): Promise<string> {
  const tree = join(folder, "nixpkgs");
  const line = "  { stdenv, lib, fetchFromGitHub }: stdenv.mkDerivation rec { }\n";
  for (let i = 0; i < FILES; i += 3) {
    const home = join(tree, "pkgs", String(i % 50), `p${i}`);
    await mkdir(home, { recursive: true });
    for (const [at, name] of ["default.nix", "update.sh", "deps.json"].entries()) {
      await writeFile(join(home, name), `${i} ${at}\n` + line.repeat(1 + (i * 7 + at * 53) % 160));
    }
  }
  return tree;
}

export const suite: Suite = { summary: "a base image, beside cp -a", run: measureBase };
