/**
 * Copies and exports, beside skopeo, crane, umoci and docker where they are there: what takes gzip or
 * hashing, not the network. The engine is one of our own.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, startDocker } from "../../test/e2e/support/engines.ts";
import { imageOf, RECIPES } from "../images.ts";
import { openTheatre } from "../stage.ts";
import type { BenchOptions, Suite } from "../suite.ts";
import { nixoci, skopeo } from "../tools.ts";
import { formatWorks, measureWork, type Site, type Told, type Work } from "../work.ts";

const fromArchive = ({ image }: Site) => `docker-archive:${image.archive}:bench:latest`;
const fromRegistry = ({ full }: Site) => `docker://${full}/bench:latest`;
const toArchive = ({ output }: Site) => `docker-archive:${output}.tar:bench:latest`;
const toLayout = ({ output }: Site) => `oci:${output}:bench`;
const toRegistry = ({ empty }: Site) => `docker://${empty}/bench:latest`;
const unpack = ({ image, output }: Site) => {
  return ["umoci", "raw", "unpack", "--image", `${image.layout}:bench`, output];
};

export const GZIP: Work = {
  name: "docker-archive to registry, gzip",
  aim: { of: "skopeo", part: 0.8 },
  tools: {
    nixoci: (site) => nixoci("copy", "--compress", "gzip", fromArchive(site), toRegistry(site)),
    skopeo: (site) => skopeo(fromArchive(site), toRegistry(site)),
  },
};

const WORKS: readonly Work[] = [
  GZIP,
  {
    name: "docker-archive to oci-dir, gzip",
    isSized: true,
    aim: { of: "skopeo", part: 0.8 },
    tools: {
      nixoci: (site) => nixoci("copy", "--compress", "gzip", fromArchive(site), toLayout(site)),
      skopeo: (site) => skopeo(fromArchive(site), toLayout(site)),
    },
  },
  {
    name: "docker-archive to oci-dir, plain",
    isSized: true,
    tools: {
      nixoci: (site) => nixoci("copy", fromArchive(site), toLayout(site)),
      skopeo: (site) => {
        return skopeo(fromArchive(site), toLayout(site), "--dest-oci-accept-uncompressed-layers");
      },
    },
  },
  {
    name: "registry to docker-archive",
    isSized: true,
    aim: { of: "skopeo", part: 0.45 },
    tools: {
      nixoci: (site) => nixoci("copy", fromRegistry(site), toArchive(site)),
      skopeo: (site) => skopeo(fromRegistry(site), toArchive(site)),
    },
  },
  {
    name: "registry to docker-archive, gzip kept",
    isSized: true,
    aim: { of: "crane", part: 1.2 },
    tools: {
      nixoci: (site) => nixoci("copy", "--compress", "keep", fromRegistry(site), toArchive(site)),
      crane: ({ full, output }) => {
        return ["crane", "pull", "--insecure", `${full}/bench:latest`, `${output}.tar`];
      },
    },
  },
  {
    name: "oci-dir to directory (unpack)",
    aim: { of: "umoci", part: 0.5 },
    tools: {
      nixoci: ({ image, output }) => {
        return nixoci("export", `oci-dir:${image.layout}:bench`, "--dir", output);
      },
      umoci: unpack,
    },
  },
];

/** What is done with an engine that has the image. */
const loadAgain = (host: string): Work => ({
  name: "docker-archive to engine, all there",
  again: true,
  aim: { most: 200 },
  tools: {
    nixoci: (site) => nixoci("copy", "--host", host, fromArchive(site), "daemon:bench:latest"),
    skopeo: (site) => {
      return skopeo(fromArchive(site), "docker-daemon:bench:latest", `--dest-daemon-host=${host}`);
    },
    docker: ({ image }) => ["docker", "--host", host, "load", "--input", image.archive],
  },
});

async function measureCopies({ runs, only, image, deno }: BenchOptions): Promise<string> {
  const recipe = RECIPES.find(({ name }) => name.includes(image))!;
  const theatre = await openTheatre(await imageOf(recipe, join(tmpdir(), "nixoci-bench-images")));
  const told: Told[] = [];
  const measureAll = async (works: readonly Work[]) => {
    for (const work of works.filter(({ name }) => name.includes(only))) {
      told.push(await measureWork(work, theatre, { runs, deno }));
    }
  };
  try {
    await measureAll(WORKS);
    await withEngine(theatre.env, async ({ host }) => await measureAll([loadAgain(host)]));
  } finally {
    await theatre.close();
  }
  return formatWorks(told);
}

/** Runs the work with an engine, where one can be started. */
async function withEngine(
  env: Readonly<Record<string, string>>,
  work: (engine: Engine) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "nixoci-bench-engine-"));
  try {
    const engine = await startDocker(folder, { ...env, PATH: process.env["PATH"] })
      .catch((error) => console.error(`no engine: ${error.message}`));
    if (!engine) return;
    await work(engine).finally(() => engine.stop());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const suite: Suite = {
  summary: "copies and exports, beside skopeo, crane, umoci and docker",
  needs: ["docker-registry", "time"],
  run: measureCopies,
};
