/** What is compared: each row says how one copy begins, and what it is to reach. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchImage } from "./images.ts";
import type { CopyJob } from "./tools.ts";

/** What a row may use; everything that it makes is thrown away after one measurement. */
export interface Stage {
  readonly image: BenchImage;
  /** `host:port` of a registry that holds the image as `bench:latest`. */
  readonly seeded: string;
  /** A folder for this measurement alone. */
  readonly folder: string;
  /** `host:port` of a registry that holds nothing. */
  emptyRegistry(): Promise<string>;
}

export interface Row {
  readonly name: string;
  /** At most this part of skopeo's time. */
  readonly ratio?: number;
  /** At most so many milliseconds. */
  readonly milliseconds?: number;
  /** Both tools compress: our bytes are at most this part of skopeo's. */
  readonly size?: number;
  /** Run the copy once before it is measured: the second finds everything there. */
  readonly again?: boolean;
  job(stage: Stage): CopyJob | Promise<CopyJob>;
}

/** Layers may stay plain: both tools do no more than the copy needs. */
const plain = { skopeo: ["--dest-oci-accept-uncompressed-layers"] };

const toLayout = ({ folder }: Stage) => `oci:${join(folder, "layout")}:bench`;
const fromLayout = ({ image }: Stage) => `oci:${image.layout}:bench`;
const fromArchive = ({ image }: Stage) => `docker-archive:${image.archive}:bench:latest`;
const fromRegistry = ({ seeded }: Stage) => `docker://${seeded}/bench:latest`;
const toRegistry = async (stage: Stage) => `docker://${await stage.emptyRegistry()}/bench:latest`;

const toArchive = ({ folder }: Stage) => `docker-archive:${join(folder, "out.tar")}:bench:latest`;

/** The digest of the image that the registry holds. */
async function digestOf({ image }: Stage): Promise<string> {
  return JSON.parse(await readFile(join(image.layout, "index.json"), "utf8")).manifests[0].digest;
}

export const ROWS: readonly Row[] = [
  {
    name: "oci-dir to registry",
    ratio: 0.6,
    job: async (stage) => ({ from: fromLayout(stage), to: await toRegistry(stage) }),
  },
  {
    name: "registry to oci-dir",
    ratio: 0.7,
    job: (stage) => ({ from: fromRegistry(stage), to: toLayout(stage) }),
  },
  {
    name: "registry to docker-archive (pull)",
    ratio: 0.7,
    async job(stage) {
      const name = [`${stage.seeded}/bench`, "--digest", await digestOf(stage)];
      const words = ["pull", "--quiet", ...name, "--output", join(stage.folder, "out.tar")];
      return { from: fromRegistry(stage), to: toArchive(stage), words };
    },
  },
  {
    name: "the hash of that archive (prefetch)",
    ratio: 0.7,
    job: (stage) => ({
      from: fromRegistry(stage),
      to: toArchive(stage),
      words: ["prefetch", "--quiet", `${stage.seeded}/bench`],
    }),
  },
  {
    name: "docker-archive to oci-dir, uncompressed",
    ratio: 0.4,
    job: (stage) => ({ from: fromArchive(stage), to: toLayout(stage), flags: plain }),
  },
  {
    name: "docker-archive to oci-dir, gzip",
    ratio: 1.0,
    size: 1.05,
    job: (stage) => ({
      from: fromArchive(stage),
      to: toLayout(stage),
      flags: { nixoci: ["--compress", "gzip"] },
    }),
  },
  {
    name: "registry to registry",
    ratio: 1.0,
    job: async (stage) => ({ from: fromRegistry(stage), to: await toRegistry(stage) }),
  },
  {
    name: "oci-dir to registry, again",
    milliseconds: 150,
    again: true,
    job: async (stage) => ({ from: fromLayout(stage), to: await toRegistry(stage) }),
  },
  {
    name: "registry to oci-dir, again",
    milliseconds: 150,
    again: true,
    job: (stage) => ({ from: fromRegistry(stage), to: toLayout(stage) }),
  },
];
