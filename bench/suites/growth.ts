/**
 * What grows with what: each kind of work at one size and at ten times that size. Time and memory are
 * to grow with the size at most, whatever the machine.
 */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, open, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tar } from "../../src/mod.ts";
import { writeImage } from "../images.ts";
import { measureFiles } from "../many-files.ts";
import { measure, type Measurement } from "../measure.ts";
import type { BenchOptions, Suite } from "../suite.ts";
import { markdown, showTime } from "../table.ts";
import { NODE } from "../tools.ts";
import { startVoidRegistry } from "../void-registry.ts";

/** One kind of work. */
interface Growing {
  readonly name: string;
  readonly unit: string;
  readonly sizes: readonly [number, number];
  /** Does the work at a size, in an empty folder, and tells what its command took. */
  run(size: number, folder: string): Promise<Measurement>;
}

const nixoci = (words: readonly string[]) => measure([...NODE, ...words], process.env);

const WORKS: readonly Growing[] = [
  {
    name: "push of an image from an oci-dir",
    unit: "layers",
    sizes: [100, 1000],
    async run(size, folder) {
      const layers = Array.from({ length: size }, (_, i) => () => tarOf(`file-${i}`));
      await writeImage(join(folder, "layout"), layers);
      return await pushLayout(folder);
    },
  },
  {
    name: "push of one layer from an oci-dir",
    unit: "GiB",
    sizes: [1, 10],
    async run(size, folder) {
      await writeHollowImage(join(folder, "layout"), size * 2 ** 30);
      return await pushLayout(folder);
    },
  },
  {
    name: "copy of an index from one oci-dir to another",
    unit: "images",
    sizes: [100, 1000],
    async run(size, folder) {
      await writeIndex(join(folder, "layout"), size);
      const [from, to] = ["layout", "copy"].map((name) => `oci-dir:${join(folder, name)}:bench`);
      return await nixoci(["copy", "--quiet", "--all", from!, to!]);
    },
  },
  {
    name: "list of a repository's tags",
    unit: "tags",
    sizes: [10_000, 100_000],
    async run(size) {
      const registry = await startVoidRegistry(size);
      try {
        return await nixoci(["tags", `${registry.host}/bench`]);
      } finally {
        await registry.close();
      }
    },
  },
  {
    name: "export of an image to a tarball",
    unit: "files",
    sizes: [100_000, 1_000_000],
    run: (size) => measureFiles(size),
  },
];

async function pushLayout(folder: string): Promise<Measurement> {
  const registry = await startVoidRegistry();
  try {
    const to = `registry:${registry.host}/bench:latest`;
    return await nixoci(["copy", "--quiet", `oci-dir:${join(folder, "layout")}:bench`, to]);
  } finally {
    await registry.close();
  }
}

async function tarOf(name: string): Promise<Buffer> {
  const data = Buffer.from(`${name}\n`);
  const chunks: Buffer[] = [];
  const member = { fields: { path: name, mode: 0o644, size: data.length }, data };
  for await (const chunk of tar.writeTar([member])) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Writes an image with one plain layer, which has one file of zeros that take no room on disk. */
async function writeHollowImage(layout: string, size: number): Promise<void> {
  await writeImage(layout, [() => tarOf("small")]);
  const blobs = join(layout, "blobs/sha256");
  const head = (await tarOf("zeros")).subarray(0, 512);
  // What makes it a header of that size: the base-256 form, as GNU tar writes it.
  head.fill(0, 124, 136);
  head[124] = 0x80;
  head.writeBigUInt64BE(BigInt(size), 128);
  head.fill(" ", 148, 156);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const path = join(blobs, "making");
  await writeFile(path, head);
  const total = 512 + size + 1024;
  await truncate(path, total);
  const digest = `sha256:${await sha256Of(path)}`;
  await rename(path, join(blobs, digest.slice(7)));
  const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: total };
  const base = { architecture: "amd64", os: "linux", config: {} };
  const rootfs = { type: "layers", diff_ids: [digest] };
  const config = await putJson(layout, CONFIG, { ...base, rootfs });
  await writeIndexFile(layout, await putManifest(layout, config, [layer]));
}

/** Writes an index of so many images, which share their layer. */
async function writeIndex(layout: string, count: number): Promise<void> {
  await writeImage(layout, [() => tarOf("shared")]);
  const bytes = await tarOf("shared");
  const blobs = join(layout, "blobs/sha256");
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  await writeFile(join(blobs, digest.slice(7)), bytes);
  const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: bytes.length };
  const manifests = [];
  for (let i = 0; i < count; i++) {
    const [architecture, variant] = ["amd64", `v${i}`];
    const rootfs = { type: "layers", diff_ids: [digest] };
    const config = await putJson(layout, CONFIG, { architecture, variant, os: "linux", rootfs });
    const manifest = await putManifest(layout, config, [layer]);
    manifests.push({ ...manifest, platform: { architecture, variant, os: "linux" } });
  }
  const mediaType = "application/vnd.oci.image.index.v1+json";
  await writeIndexFile(
    layout,
    await putJson(layout, mediaType, { schemaVersion: 2, mediaType, manifests }),
  );
}

const CONFIG = "application/vnd.oci.image.config.v1+json";

async function putManifest(layout: string, config: object, layers: readonly object[]) {
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  return await putJson(layout, mediaType, { schemaVersion: 2, mediaType, config, layers });
}

async function putJson(layout: string, mediaType: string, value: object) {
  const text = JSON.stringify(value);
  const hex = createHash("sha256").update(text).digest("hex");
  await writeFile(join(layout, "blobs/sha256", hex), text);
  return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
}

/** Gives the layout one image, named `bench`. */
async function writeIndexFile(layout: string, descriptor: object): Promise<void> {
  const annotations = { "org.opencontainers.image.ref.name": "bench" };
  const manifests = [{ ...descriptor, annotations }];
  await writeFile(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path);
  for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}

async function measureGrowth({ only }: BenchOptions): Promise<string> {
  const rows: string[][] = [];
  for (const { name, unit, sizes, run } of WORKS.filter(({ name }) => name.includes(only))) {
    const seen: Measurement[] = [];
    for (const size of sizes) {
      console.error(`${name}: ${size} ${unit}`);
      const folder = await mkdtemp(join(tmpdir(), "nixoci-bench-growth-"));
      try {
        await mkdir(folder, { recursive: true });
        seen.push(await run(size, folder));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    const show = ({ milliseconds, processor, peak }: Measurement): string =>
      `${showTime(milliseconds)}, ${showTime(processor)}, ${Math.round(peak / 2 ** 20)} MiB`;
    const growth = seen[1]!.processor / seen[0]!.processor;
    const both = sizes.map((size) => size.toLocaleString("en")).join(" and ");
    rows.push([name, `${both} ${unit}`, ...seen.map(show), growth.toFixed(1)]);
  }
  return markdown(["work", "sizes", "small", "ten times that", "processor grows by"], rows);
}

export const suite: Suite = {
  summary: "how time and memory grow with layers, files, bytes, images and tags",
  needs: ["time"],
  run: measureGrowth,
};
