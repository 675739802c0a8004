/**
 * nix2container's program, as its Nix code calls it for an image of some store paths. It finds the store at
 * /nix alone, where bubblewrap puts it; that takes 9 ms, which count.
 */
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readClosure } from "../../src/nix/store/closure.ts";
import { openStore } from "../../src/nix/store/store.ts";
import type { BenchStore } from "../store/mod.ts";

const PROGRAM = "nix2container";

/** Writes what the program reads, and returns the command that plans the image, if all it takes is there. */
export async function planByNix2container(
  store: BenchStore,
  folder: string,
  layers: number,
): Promise<string[] | undefined> {
  const program = spawnSync("which", [PROGRAM, "bwrap"]).stdout.toString().split("\n");
  if (program.length < 3) {
    console.error(`not there: ${PROGRAM}, or bwrap, which it needs`);
    return undefined;
  }
  const at = (name: string) => join(folder, `nix2container-${name}.json`);
  await writeFile(at("graph"), JSON.stringify(await readGraph(store)));
  await writeFile(at("config"), "{}");
  await writeFile(at("rewrites"), "[]");
  await writeFile(at("history"), '{"created_by":"nix2container"}');
  const made = ["layers-from-reproducible-storepaths", at("layers"), at("graph")];
  const rules = ["--rewrites", at("rewrites"), "--history", at("history")];
  const image = ["image", "--arch", "amd64", at("image"), at("config"), at("layers")];
  const script = `set -e; p=$1; n=$2; shift 2; "$p" "\${@:1:n}"; exec "$p" "\${@:n+1}"`;
  const first = [...made, "--max-layers", `${layers}`, ...rules];
  const words = ["bash", "-c", script, "bash", program[0]!, `${first.length}`, ...first, ...image];
  return [...sandbox(store, folder, program[0]!), ...words];
}

/** The closure as Nix tells it to builds: `exportReferencesGraph`. */
async function readGraph({ root, application }: BenchStore): Promise<unknown> {
  const opened = await openStore({ root });
  try {
    const closure = await readClosure([application], opened);
    return closure.map(({ path, references }) => ({ path, references }));
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}

function sandbox({ root }: BenchStore, folder: string, program: string): string[] {
  return [
    ...["bwrap", "--tmpfs", "/", "--ro-bind", "/usr", "/usr", "--dev", "/dev", "--proc", "/proc"],
    ...["bin", "lib", "lib64"].flatMap((name) => ["--symlink", `usr/${name}`, `/${name}`]),
    ...["--ro-bind", program, program, "--bind", folder, folder],
    ...["--ro-bind", join(root, "nix"), "/nix"],
  ];
}
