/**
 * A real closure to measure with: made once, below the temporary folder.
 * Debian's packages as store paths, registered in a Nix database: 112 paths of 420 MB in 8,400
 * files, folders and links, and an application on top of them in two versions. Needs apt-get of
 * Debian 12, dpkg-deb, patchelf and nix-store, and root.
 */
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeNixStore, type NixStore, removeNixStore } from "../../test/e2e/support/nix-store.ts";
import { type Package, packages } from "./packages.ts";
import { type Libraries, unpack } from "./unpack.ts";

/** Where the store is, and what is in it. */
export interface BenchStore {
  /** For `--store`. */
  readonly root: string;
  /** A store path whose closure is everything but `updated`. */
  readonly application: string;
  /** The same application, changed: another path, all else as it was. */
  readonly updated: string;
  /** How many packages lie below them. */
  readonly packages: number;
}

/** Makes the store below the folder, unless it is there. */
export async function benchStore(folder: string = tmpdir()): Promise<BenchStore> {
  const root = join(folder, "nixoci-bench-nix-store-v2");
  const note = join(root, "bench-store.json");
  if (!await stat(note).catch(() => undefined)) {
    console.error("making a Nix store of Debian packages; this is done once");
    const making = await mkdtemp(`${root}-`);
    try {
      const made = await fill(await makeNixStore(making), join(making, "debs"));
      await writeFile(join(making, "bench-store.json"), JSON.stringify(made));
      await rename(making, root);
    } catch (error) {
      await removeNixStore(making);
      throw error;
    }
  }
  return { root, ...JSON.parse(await readFile(note, "utf8")) };
}

async function fill(store: NixStore, debs: string): Promise<Omit<BenchStore, "root">> {
  await mkdir(debs);
  const all = await packages(debs);
  const paths = await addPackages(store, all);
  await rm(debs, { recursive: true });
  const wanted = new Set(all.flatMap(({ depends }) => depends));
  const tops = all.filter((each) => !wanted.has(each.package)).map((each) =>
    paths.get(each.package)!
  );
  const application = await addApplication(store, "application-1", tops);
  const updated = await addApplication(store, "application-2", tops);
  await store.register();
  await store.nixStore("--verify", "--check-contents");
  return { application, updated, packages: all.length };
}

async function addPackages(
  store: NixStore,
  all: readonly Package[],
): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  const closures = new Map<string, readonly string[]>();
  const libraries: Libraries = new Map();
  for (const { package: itself, name, file, depends } of all) {
    const direct = depends.map((each) => paths.get(each)!);
    const inputs = [...new Set([...direct, ...depends.flatMap((each) => closures.get(each)!)])]
      .sort();
    const libc = paths.get("libc6");
    const path = await store.add(
      name,
      inputs,
      (real, path) => unpack(file, real, { path, depends: direct, libc, libraries }),
    );
    paths.set(itself, path);
    closures.set(itself, [path, ...inputs]);
  }
  return paths;
}

/**
 * What changes most often: a program of one's own, on top of everything. It runs what it is given:
 * `application git --version`.
 */
async function addApplication(
  store: NixStore,
  name: string,
  inputs: readonly string[],
): Promise<string> {
  return await store.add(name, inputs, async (real) => {
    await mkdir(join(real, "bin"), { recursive: true });
    await mkdir(join(real, "share"));
    const shell = `${inputs.find((each) => each.includes("-bash-"))}/bin/bash`;
    const path = inputs.map((each) => `${each}/bin`).join(":");
    const script = `#!${shell}\nexport PATH=${path}\nexec "$@"\n`;
    await writeFile(join(real, "bin/application"), script, { mode: 0o755 });
    await writeFile(join(real, "share/data"), `${name}\n`.repeat(100_000));
  });
}
