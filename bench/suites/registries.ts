/**
 * What registries are asked for, beside crane, regctl and skopeo where they are there: on loopback,
 * and through a long way (30 ms, 1 Gbit/s), which in the last row gives a connection 20 MB/s.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectStream } from "../../src/bytes/stream.ts";
import { writeTar } from "../../src/tar/write.ts";
import { imageOf, RECIPES, writeImage } from "../images.ts";
import { type LinkOptions, openLink } from "../link.ts";
import { measure, type Measurement, summarize } from "../measure.ts";
import { openTheatre, type Theatre } from "../stage.ts";
import type { BenchOptions, Suite } from "../suite.ts";
import { markdown, showTime } from "../table.ts";
import { NODE } from "../tools.ts";

const WAY: LinkOptions = { roundTrip: 30, rate: 125_000_000 };
const SHARED: LinkOptions = { ...WAY, share: 20_000_000 };

/** Where a command works: registries as `host:port`, and paths. */
interface Site {
  readonly layout: string;
  /** Has `bench:latest`. */
  readonly full: string;
  readonly empty: string;
  readonly output: string;
}

type Command = (site: Site) => readonly string[];

interface Work {
  readonly name: string;
  /** Run once before it is measured. */
  readonly again?: boolean;
  readonly tools: Readonly<Partial<Record<ToolName, Command>>>;
}

const TOOLS = ["nixoci", "crane", "regctl", "skopeo"] as const;
type ToolName = typeof TOOLS[number];

const ours = (...words: string[]) => [...NODE, ...words];
const skopeo = (from: string, to: string) => [
  ...["skopeo", "--insecure-policy", "copy", "--quiet"],
  ...["--src-tls-verify=false", "--dest-tls-verify=false", from, to],
];

const regctl = (host: string, ...words: string[]) => [
  ...["regctl", "--host", `reg=${host},tls=disabled`, "image", ...words],
];

const PULL: Work = {
  name: "registry to oci-dir",
  tools: {
    nixoci: ({ full, output }) =>
      ours("copy", "--quiet", `registry:${full}/bench:latest`, `oci-dir:${output}:bench`),
    crane: ({ full, output }) => {
      return ["crane", "pull", "--insecure", "--format=oci", `${full}/bench:latest`, output];
    },
    regctl: ({ full, output }) =>
      regctl(full, "copy", `${full}/bench:latest`, `ocidir://${output}:bench`),
    skopeo: ({ full, output }) => skopeo(`docker://${full}/bench:latest`, `oci:${output}:bench`),
  },
};

const push = (again: boolean): Work => ({
  name: again ? "oci-dir to registry, all there" : "oci-dir to registry",
  again,
  tools: {
    nixoci: ({ layout, empty }) =>
      ours("copy", "--quiet", `oci-dir:${layout}:bench`, `registry:${empty}/bench:latest`),
    crane: ({ layout, empty }) => ["crane", "push", "--insecure", layout, `${empty}/bench:latest`],
    regctl: ({ layout, empty }) =>
      regctl(empty, "copy", `ocidir://${layout}:bench`, `${empty}/bench:latest`),
    skopeo: ({ layout, empty }) => skopeo(`oci:${layout}:bench`, `docker://${empty}/bench:latest`),
  },
});

const MOUNT: Work = {
  name: "repository to repository, one registry",
  tools: {
    nixoci: ({ full, output }) => {
      const to = `registry:${full}/copy-${nameOf(output)}:latest`;
      return ours("copy", "--quiet", `registry:${full}/bench:latest`, to);
    },
    crane: ({ full, output }) => {
      const to = `${full}/copy-${nameOf(output)}:latest`;
      return ["crane", "copy", "--insecure", `${full}/bench:latest`, to];
    },
    regctl: ({ full, output }) =>
      regctl(full, "copy", `${full}/bench:latest`, `${full}/copy-${nameOf(output)}:latest`),
    skopeo: ({ full, output }) => {
      return skopeo(
        `docker://${full}/bench:latest`,
        `docker://${full}/copy-${nameOf(output)}:latest`,
      );
    },
  },
};

const DIGEST: Work = {
  name: "digest",
  tools: {
    nixoci: ({ full }) => ours("digest", `registry:${full}/bench:latest`),
    crane: ({ full }) => ["crane", "digest", "--insecure", `${full}/bench:latest`],
    regctl: ({ full }) => regctl(full, "digest", `${full}/bench:latest`),
    skopeo: ({ full }) => {
      return [
        "skopeo",
        "inspect",
        "--tls-verify=false",
        "--format",
        "{{.Digest}}",
        `docker://${full}/bench:latest`,
      ];
    },
  },
};

const FLATTEN: Work = {
  name: "registry to one tarball",
  tools: {
    nixoci: ({ full, output }) => {
      return ours(
        "export",
        "--quiet",
        "--order",
        "layers",
        `registry:${full}/bench:latest`,
        "-o",
        `${output}.tar`,
      );
    },
    crane: ({ full, output }) => {
      return ["crane", "export", "--insecure", `${full}/bench:latest`, `${output}.tar`];
    },
  },
};

const LARGE: Work = { ...PULL, name: "a layer of 200 MB to oci-dir, 20 MB/s a connection" };

/** The stage's folder is another one in each run. */
function nameOf(output: string): string {
  return output.replace(/[^a-z0-9]+/gi, "-").toLowerCase().slice(-40).replace(/^-+/, "");
}

interface Told {
  readonly work: string;
  readonly way: string;
  readonly results: Readonly<Partial<Record<ToolName, readonly Measurement[]>>>;
}

async function measureRegistries({ runs, only }: BenchOptions): Promise<string> {
  const cache = join(tmpdir(), "nixoci-bench-images");
  const told: Told[] = [];
  const small = [PULL, push(false), push(true), MOUNT, DIGEST, FLATTEN];
  const measureAll = async (
    findLayout: () => Promise<string>,
    ways: readonly (LinkOptions | undefined)[],
    all: Work[],
  ) => {
    const works = all.filter(({ name }) => name.includes(only));
    if (works.length === 0) return;
    const layout = await findLayout();
    const theatre = await openTheatre({ name: "bench", bytes: 0, layers: 0, layout, archive: "" });
    try {
      for (const work of works) {
        for (const way of ways) told.push(await measureWork(work, theatre, way, runs));
      }
    } finally {
      await theatre.close();
    }
  };
  await measureAll(async () => (await imageOf(RECIPES[0]!, cache)).layout, [undefined, WAY], small);
  await measureAll(() => largeLayout(join(cache, "large-layer")), [SHARED], [LARGE]);
  return table(told);
}

/** Makes an image of one layer that cannot be compressed. */
async function largeLayout(folder: string): Promise<string> {
  const layout = join(folder, "layout");
  const file = { path: "noise", mode: 0o644, size: 200_000_000 };
  const makeTar = () =>
    collectStream(writeTar([{ fields: file, data: randomBytes(file.size) }]), 1 << 30, "a layer");
  await rm(folder, { recursive: true, force: true });
  await writeImage(layout, [makeTar]);
  return layout;
}

async function measureWork(
  work: Work,
  theatre: Theatre,
  way: LinkOptions | undefined,
  runs: number,
): Promise<Told> {
  const tools = TOOLS.filter((name) => name in work.tools && isThere(name));
  const results: Record<string, Measurement[]> = {};
  console.error(`${work.name}${way ? ", a long way" : ""}: ${tools.join(", ")}`);
  for (let i = 0; i <= runs; i++) {
    for (const name of tools) {
      await theatre.withStage(async (stage) => {
        const hosts = [stage.seeded, await stage.emptyRegistry()];
        const links = way
          ? await Promise.all(hosts.map((host) => openLink(Number(host.split(":")[1]), way)))
          : [];
        const [full = "", empty = ""] = way ? links.map(({ host }) => host) : hosts;
        const output = join(stage.folder, `out-${name}-${i}`);
        const command = work.tools[name]!({ layout: stage.image.layout, full, empty, output });
        const env = { ...theatre.env, PATH: process.env["PATH"] };
        if (work.again) await measure(command, env);
        const once = await measure(command, env);
        if (i > 0) (results[name] ??= []).push(once);
        for (const link of links) await link.close();
      });
    }
  }
  return { work: work.name, way: way ? "30 ms" : "loopback", results };
}

function isThere(name: ToolName): boolean {
  if (name === "nixoci") return true;
  return spawnSync(name, [name === "skopeo" ? "--version" : "version"]).status === 0;
}

function table(told: readonly Told[]): string {
  const cell = (all: readonly Measurement[] | undefined): string => {
    if (all === undefined) return "–";
    const best = Math.min(...all.map(({ milliseconds }) => milliseconds));
    const processor = Math.min(...all.map((one) => one.processor));
    return `${showTime(best)}, ${showTime(summarize(all).milliseconds)}; ${showTime(processor)}`;
  };
  return markdown(
    ["best, median; processor", "way", ...TOOLS],
    told.map(({ work, way, results }) => [work, way, ...TOOLS.map((name) => cell(results[name]))]),
  );
}

export const suite: Suite = {
  summary: "registries, beside crane, regctl and skopeo, near and far",
  run: measureRegistries,
};
