/**
 * Images from a Nix store, beside Python in dockerTools' way and, for plans, nix2container's program. Makes
 * its store once (bench/store says what that needs).
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeEnvironment } from "../../test/e2e/support/environment.ts";
import { startGuarded } from "../../test/e2e/support/guarded.ts";
import { startRegistry } from "../../test/e2e/support/registry.ts";
import { run } from "../../test/e2e/support/command.ts";
import { planByNix2container } from "../nix/nix2container.ts";
import { measure, type Measurement, summarize } from "../measure.ts";
import { benchStore } from "../store/mod.ts";
import { type NixResult, nixTable } from "../nix/table.ts";
import type { BenchOptions, Suite } from "../suite.ts";
import { NODE } from "../tools.ts";

async function measureNix({ runs, only }: BenchOptions): Promise<string> {
  const store = await benchStore();
  const folder = await mkdtemp(join(tmpdir(), "nixoci-bench-nix-"));
  const env: Record<string, string> = await makeEnvironment(folder);
  // a server that does nothing: its guard removes the folder, even when we are killed
  const all = await startGuarded(["sleep", "infinity"], { folder, env, ready: () => true });

  /** The words of a build of the application, changed or not. */
  const words = (verb: string, application: string, ...more: string[]) => [
    ...NODE,
    verb,
    "--quiet",
    "--store",
    store.root,
    "--path",
    application,
    ...more,
  ]; // deno-fmt-ignore

  const cacheOf = (name: string) => ({ ...env, NIXOCI_CACHE_DIR: join(folder, name) });
  const PLAN = join(folder, "image.json");
  const plan = words("plan", store.application, "-o", PLAN);
  const stream = words("build", store.application, "docker-archive:-:bench:1");

  /** The layers that nixoci makes, for Python to make the same. */
  async function layers(): Promise<string> {
    await run(plan, { env });
    const { layers } = JSON.parse(await run(["cat", PLAN], { env }));
    const file = join(folder, "layers.json");
    const paths = layers.map((layer: { paths: { path: string }[] }) =>
      layer.paths.map((p) => p.path)
    );
    await writeFile(file, JSON.stringify({ root: store.root, layers: paths }));
    return file;
  }

  /** Measures beside a peer, in turns, so that a busy moment is both's; each with an act before it. */
  async function inTurns(
    command: readonly string[],
    before: () => Promise<Readonly<Record<string, string>>>,
    [name, words]: readonly [name: string, command: readonly string[]],
  ): Promise<Pick<NixResult, "ours" | "peer">> {
    const [own, others]: [Measurement[], Measurement[]] = [[], []];
    for (let i = 0; i < runs; i++) {
      own.push(await measure(command, await before()));
      others.push(await measure(words, env));
    }
    return { ours: summarize(own), peer: { name, measured: summarize(others) } };
  }

  /** A cache that knows of no layer; compiled code is there, as on any day but the first. */
  async function cold(): Promise<Readonly<Record<string, string>>> {
    for (const end of ["", "-wal", "-shm"]) {
      await rm(join(folder, "cold", `cache.sqlite${end}`), { force: true });
    }
    return cacheOf("cold");
  }

  /** Pushes the application, and measures a push of the changed one; each time to a new registry. */
  async function rebuilds(): Promise<Measurement> {
    const all: Measurement[] = [];
    for (let i = 0; i < runs; i++) {
      const home = join(folder, `registry-${i}`);
      await mkdir(home);
      const registry = await startRegistry({ folder: home, env });
      try {
        const to = [
          ...["--layering", "size-aware", "--compress", "none", "--tls-verify=false"],
          `registry:${registry.host}/bench:1`,
        ];
        await run(words("build", store.application, ...to), { env: await cold() });
        all.push(await measure(words("build", store.updated, ...to), cacheOf("cold")));
      } finally {
        await registry.stop();
      }
    }
    return summarize(all);
  }

  const results: NixResult[] = [];
  const wants = (name: string) => name.includes(only);
  try {
    const file = await layers();
    // where Python is begun by a script, this is not to count
    const executable = await run(["python3", "-c", "import sys; print(sys.executable)"], { env });
    const script = new URL("../nix/two_passes.py", import.meta.url).pathname;
    const python = ["Python", [executable.trim(), script, file]] as const;
    const program = await planByNix2container(store, folder, 99);
    const add = async (
      name: string,
      target: NixResult["target"],
      work: () => Promise<Pick<NixResult, "ours" | "peer">>,
    ) => {
      if (wants(name)) results.push({ name, target, ...await work() });
    };
    await add("plan, cold", {}, () => inTurns(plan, cold, python));
    if (program !== undefined) {
      const same = [...plan, "--style", "nix2container", "--max-layers", "99"];
      const peer = ["nix2container", program] as const;
      await add("the same layers, cold", { ratio: 0.5 }, () => inTurns(same, cold, peer));
    }
    await add("plan, warm", { milliseconds: 100 }, async () => {
      await run(plan, { env: cacheOf("warm") });
      return await inTurns(plan, () => Promise.resolve(cacheOf("warm")), python);
    });
    await add(
      "docker-archive to /dev/null, cold",
      { ratio: 0.3 },
      () => inTurns(stream, cold, python),
    );
    await add("docker-archive to /dev/null, warm", { ratio: 0.18 }, async () => {
      await run(["sh", "-c", '"$@" > /dev/null', "sh", ...stream], { env: cacheOf("warm") });
      return await inTurns(stream, () => Promise.resolve(cacheOf("warm")), python);
    });
    await add("one path changed, pushed to a registry", { milliseconds: 300 }, async () => ({
      ours: await rebuilds(),
      peer: { name: python[0], measured: await measure(python[1], env) },
    }));
  } finally {
    await all.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return nixTable(results, store.packages);
}

export const suite: Suite = {
  summary: "images of store paths, beside Python and nix2container",
  needs: ["apt-get", "dpkg-deb", "docker-registry", "nix-store", "patchelf", "python3", "time"],
  run: measureNix,
};
