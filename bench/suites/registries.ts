/**
 * What registries are asked for, beside crane, regctl and skopeo where they are there: on loopback,
 * and through a long way (30 ms, 1 Gbit/s), which in the last row gives a connection 20 MB/s.
 */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectStream } from "../../src/bytes/stream.ts";
import { writeTar } from "../../src/tar/write.ts";
import { imageOf, RECIPES, writeImage } from "../images.ts";
import type { LinkOptions } from "../link.ts";
import { openTheatre } from "../stage.ts";
import type { BenchOptions, Suite } from "../suite.ts";
import { nixoci, regctl, skopeo } from "../tools.ts";
import { formatWorks, measureWork, type Told, type Work } from "../work.ts";

const WAY: LinkOptions = { roundTrip: 30, rate: 125_000_000 };
const SHARED: LinkOptions = { ...WAY, share: 20_000_000 };

export const PULL: Work = {
  name: "registry to oci-dir",
  aim: { of: "crane", part: 1 },
  farAim: { of: "skopeo", part: 0.8 },
  tools: {
    nixoci: ({ full, output }) =>
      nixoci("copy", `registry:${full}/bench:latest`, `oci-dir:${output}:bench`),
    crane: ({ full, output }) => {
      return ["crane", "pull", "--insecure", "--format=oci", `${full}/bench:latest`, output];
    },
    regctl: ({ full, output }) =>
      regctl(full, "copy", `${full}/bench:latest`, `ocidir://${output}:bench`),
    skopeo: ({ full, output }) => skopeo(`docker://${full}/bench:latest`, `oci:${output}:bench`),
  },
};

export const push = (again: boolean): Work => ({
  name: again ? "oci-dir to registry, all there" : "oci-dir to registry",
  again,
  aim: again ? { most: 90 } : { of: "regctl", part: 0.9 },
  ...again ? {} : { farAim: { of: "crane", part: 0.5 } },
  tools: {
    nixoci: ({ image: { layout }, empty }) =>
      nixoci("copy", `oci-dir:${layout}:bench`, `registry:${empty}/bench:latest`),
    crane: (
      { image: { layout }, empty },
    ) => ["crane", "push", "--insecure", layout, `${empty}/bench:latest`],
    regctl: ({ image: { layout }, empty }) =>
      regctl(empty, "copy", `ocidir://${layout}:bench`, `${empty}/bench:latest`),
    skopeo: ({ image: { layout }, empty }) =>
      skopeo(`oci:${layout}:bench`, `docker://${empty}/bench:latest`),
  },
});

const MOUNT: Work = {
  name: "repository to repository, one registry",
  aim: { of: "regctl", part: 1 },
  farAim: { of: "regctl", part: 0.6 },
  tools: {
    nixoci: ({ full, output }) => {
      const to = `registry:${full}/copy-${nameOf(output)}:latest`;
      return nixoci("copy", `registry:${full}/bench:latest`, to);
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
  aim: { most: 80 },
  tools: {
    nixoci: ({ full }) => nixoci("digest", `registry:${full}/bench:latest`),
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

export const FLATTEN: Work = {
  name: "registry to one tarball",
  aim: { of: "crane", part: 0.45 },
  tools: {
    nixoci: ({ full, output }) => {
      const words = ["--order", "layers", `registry:${full}/bench:latest`];
      return nixoci("export", ...words, "-o", `${output}.tar`);
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

async function measureRegistries({ runs, only, deno }: BenchOptions): Promise<string> {
  const cache = join(tmpdir(), "nixoci-bench-images");
  const told: Told[] = [];
  const small: Work[] = [PULL, push(false), push(true), MOUNT, DIGEST, FLATTEN];
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
        for (const way of ways) {
          told.push(await measureWork(work, theatre, { runs, deno, ...way && { way } }));
        }
      }
    } finally {
      await theatre.close();
    }
  };
  await measureAll(async () => (await imageOf(RECIPES[0]!, cache)).layout, [undefined, WAY], small);
  await measureAll(() => largeLayout(join(cache, "large-layer")), [SHARED], [LARGE]);
  return formatWorks(told);
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

export const suite: Suite = {
  summary: "registries, beside crane, regctl and skopeo, near and far",
  needs: ["docker-registry", "time"],
  run: measureRegistries,
};
