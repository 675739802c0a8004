/**
 * Images from a Nix store, beside Python's two passes. Makes its store once (bench/store says what
 * that needs).
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeEnvironment } from "../../test/e2e/support/environment.ts";
import { startGuarded } from "../../test/e2e/support/guarded.ts";
import { startRegistry } from "../../test/e2e/support/registry.ts";
import { run } from "../../test/e2e/support/command.ts";
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

  /** Measures in turns, so that a busy moment is everybody's; each with an act before it. */
  async function measured(
    command: readonly string[],
    before: () => Promise<Readonly<Record<string, string>>>,
  ): Promise<Measurement> {
    const all: Measurement[] = [];
    for (let i = 0; i < runs; i++) all.push(await measure(command, await before()));
    return summarize(all);
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
    const python = [
      "python3",
      new URL("../nix/two_passes.py", import.meta.url).pathname,
      await layers(),
    ];
    const script = await measured(python, () => Promise.resolve(env));
    const add = async (
      name: string,
      target: NixResult["target"],
      work: () => Promise<Measurement>,
    ) => {
      if (wants(name)) results.push({ name, target, script, ours: await work() });
    };
    await add("plan, cold", {}, () => measured(plan, cold));
    await add("plan, warm", { milliseconds: 100 }, async () => {
      await run(plan, { env: cacheOf("warm") });
      return await measured(plan, () => Promise.resolve(cacheOf("warm")));
    });
    await add("docker-archive to /dev/null, cold", { ratio: 0.3 }, () => measured(stream, cold));
    await add("docker-archive to /dev/null, warm", { ratio: 0.18 }, async () => {
      await run(["sh", "-c", '"$@" > /dev/null', "sh", ...stream], { env: cacheOf("warm") });
      return await measured(stream, () => Promise.resolve(cacheOf("warm")));
    });
    await add("one path changed, pushed to a registry", { milliseconds: 300 }, rebuilds);
  } finally {
    await all.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return nixTable(results, store.packages);
}

export const suite: Suite = {
  summary: "images of store paths, beside Python",
  needs: ["apt-get", "dpkg-deb", "docker-registry", "nix-store", "patchelf", "python3", "time"],
  run: measureNix,
};
