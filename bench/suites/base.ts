/**
 * A base image beside `cp -a` of the same bytes: store paths of Debian's packages, and a nixpkgs of 30,000
 * small files, as a folder and as an archive, into an uncompressed oci-dir: on the disk, and in memory, where
 * other work on the disk counts for neither. Processor time counts.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../test/e2e/support/command.ts";
import { measure } from "../measure.ts";
import { benchStore } from "../store/mod.ts";
import type { BenchOptions, Suite } from "../suite.ts";
import { markdown } from "../table.ts";
import { NODE } from "../tools.ts";

const FILES = 30_000;
const TOOLS = ["git", "bash", "coreutils", "perl"];
/** A file system in memory, as Linux has it. */
const MEMORY = "/dev/shm";

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
    const base = (nixpkgs: string, output: string) => [
      ...[...NODE, "base", "--quiet", "--compress", "none", "--store", store.root, "--nix", nix],
      ...tools.flatMap((tool) => ["--tool", tool]),
      ...["--nixpkgs", nixpkgs, `oci-dir:${output}:bench`],
    ];
    const forget = async () => {
      for (const end of ["", "-wal", "-shm"]) {
        await rm(join(folder, "cache", `cache.sqlite${end}`), { force: true });
      }
    };
    const tables: string[] = [];
    for (const where of [folder, ...existsSync(MEMORY) ? [MEMORY] : []]) {
      const output = await mkdtemp(join(where, "nixoci-bench-out-"));
      const rows = [
        { name: "cp -a", words: ["cp", "-a", ...paths, tree, output] },
        { name: "base, nixpkgs in a folder", words: base(tree, output) },
        { name: "base, nixpkgs in an archive", words: base(archive, output) },
      ];
      const measureRow = async ({ words }: typeof rows[number]) => {
        await rm(output, { recursive: true, force: true });
        await mkdir(output);
        await forget();
        return (await measure(words, env)).processor / 1000;
      };
      try {
        const place = where === MEMORY ? "in memory" : "on the disk";
        const title = `${paths.length} paths, ${FILES} files, ${place}`;
        tables.push(formatRows(title, rows, await measureInTurns(rows, runs, measureRow)));
      } finally {
        await rm(output, { recursive: true, force: true });
      }
    }
    return tables.join("\n\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Measures the rows in turns. @returns the middle of each row's seconds. */
async function measureInTurns<T>(
  rows: readonly T[],
  runs: number,
  measureRow: (row: T) => Promise<number>,
): Promise<number[]> {
  const all = rows.map((): number[] => []);
  for (let i = 0; i <= runs; i++) {
    for (const [at, row] of rows.entries()) {
      const seconds = await measureRow(row);
      if (i > 0) all[at]!.push(seconds); // the first of each warms what the disk and Node remember
    }
  }
  return all.map((one) => one.toSorted((a, b) => a - b)[Math.floor(one.length / 2)]!);
}

function formatRows(
  title: string,
  rows: readonly { readonly name: string }[],
  middles: readonly number[],
): string {
  return markdown(
    [title, "processor", "to cp -a", "target"],
    rows.map(({ name }, at) => [
      name,
      `${middles[at]!.toFixed(2)} s`,
      (middles[at]! / middles[0]!).toFixed(2),
      at === 0 ? "" : "2.0",
    ]),
  );
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

export const suite: Suite = {
  summary: "a base image, beside cp -a",
  needs: ["apt-get", "dpkg-deb", "nix-store", "patchelf", "time"],
  run: measureBase,
};
