/** A mirror of 200 images that share most of their layers, beside regsync. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeEnvironment } from "../../test/e2e/support/environment.ts";
import { startRegistry } from "../../test/e2e/support/registry.ts";
import { run } from "../../test/e2e/support/command.ts";
import { measure, type Measurement, summarize } from "../measure.ts";
import { writeMirror } from "../mirror.ts";
import type { BenchOptions, Suite } from "../suite.ts";
import { mark, markdown, showTime } from "../table.ts";
import { NODE } from "../tools.ts";

const SHAPE = { repositories: 20, tags: 10, shared: 8, own: 2, size: 128 * 1024 };
// Of each tool: so many images at a time.
const PARALLEL = 4;

interface Sample {
  readonly first: Measurement;
  readonly again: Measurement;
}

/** The tools, and how each is started with a configuration. */
const TOOLS: Readonly<Record<string, (config: string) => string[]>> = {
  nixoci: (config) => [...NODE, "sync", "--quiet", "--json", config],
  regsync: (config) => ["regsync", "-c", config, "once", "-v", "error"],
};

async function measureSyncs({ runs }: BenchOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nixoci-bench-sync-"));
  try {
    const env = await makeEnvironment(folder);
    const seeded = await startRegistry({ folder: join(folder, "seeded"), env });
    try {
      const { repositories } = await writeMirror(join(folder, "layout"), SHAPE);
      const fill = [
        "sync",
        `oci-dir:${join(folder, "layout")}`,
        `registry:${seeded.host}/{repository}:{tag}`,
      ];
      await run([...NODE, ...fill, "--quiet"], { env });
      const samples = new Map(Object.keys(TOOLS).map((tool) => [tool, [] as Sample[]]));
      for (let i = 0; i < runs; i++) {
        for (const [tool, command] of Object.entries(TOOLS)) {
          const to = await startRegistry({ folder: join(folder, `to-${i}-${tool}`), env });
          try {
            const config = join(folder, "regsync.yml");
            await writeFile(config, configOf(repositories, seeded.host, to.host));
            const first = await measure(command(config), env);
            const again = await measure(command(config), env);
            samples.get(tool)!.push({ first, again });
          } finally {
            await to.stop();
          }
        }
      }
      return tableOf(samples);
    } finally {
      await seeded.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a file of regsync's, which nixoci reads as it is. */
function configOf(repositories: readonly string[], from: string, to: string): string {
  return JSON.stringify({
    version: 1,
    creds: [from, to].map((registry) => ({
      registry,
      tls: "disabled",
      reqConcurrent: 6 * PARALLEL,
    })),
    defaults: { parallel: PARALLEL },
    sync: repositories.map((name) => ({
      source: `${from}/${name}`,
      target: `${to}/mirror/${name}`,
      type: "repository",
    })),
  });
}

function tableOf(samples: ReadonlyMap<string, readonly Sample[]>): string {
  const rows = (["first", "again"] as const).map((which) => {
    const [ours, theirs] = ["nixoci", "regsync"].map((tool) =>
      summarize(samples.get(tool)!.map((sample) => sample[which]))
    ) as [Measurement, Measurement];
    const ratio = ours.milliseconds / theirs.milliseconds;
    return [
      which === "first" ? "200 images, nothing is there" : "200 images, all is there",
      showTime(theirs.milliseconds),
      showTime(ours.milliseconds),
      `${mark(ratio <= 1)}${ratio.toFixed(2)}`,
      `${(ours.processor / theirs.processor).toFixed(2)}`,
    ];
  });
  return markdown(["sync", "regsync", "nixoci", "ratio", "processor"], rows);
}

export const suite: Suite = {
  summary: "a mirror of many images, beside regsync",
  needs: ["docker-registry", "regsync", "time"],
  run: measureSyncs,
};
