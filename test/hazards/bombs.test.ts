/**
 * What is small where it comes from and large where it is read: each command ends, right or in our
 * words, within 256 MiB of memory. `HAZARDS_FULL=1` tries all of them, and has each end within ten
 * seconds of a processor.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { createHash } from "node:crypto";
import type { Outcome } from "../cli/run.ts";
import { folderToDispose } from "../support/folder.ts";
import { archive, END, longName, pax, rawFile, rawHeader, rawPax } from "../tar/support/raw.ts";
import { FULL, selectCases } from "./support/cases.ts";
import { measure } from "./support/meter.ts";

const MIB = 1024 * 1024;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

/** Bytes of a layer as they are stored, what they are packed with, and the tar's digest. */
interface Stored {
  readonly bytes: Buffer;
  readonly kind?: "gzip" | "zstd";
  /** Where it matters: the digest of the tar. */
  readonly diffId?: string;
}

const plain = (bytes: Buffer): Stored => ({ bytes, diffId: digestOf(bytes) });

/** A tar with one file of zeros, packed in parts, so that nobody has to hold it. */
function zeros(mib: number, kind: "gzip" | "zstd"): Stored {
  const pack = kind === "gzip" ? gzipSync : zstdCompressSync;
  const head = rawHeader({ name: "zeros", size: mib * MIB });
  const block = Buffer.alloc(16 * MIB);
  const hash = createHash("sha256").update(head);
  for (let i = 0; i < mib / 16 && mib <= 512; i++) hash.update(block);
  const diffId = `sha256:${hash.update(END).digest("hex")}`;
  const parts = Array<Buffer>(mib / 16).fill(pack(block));
  return { bytes: Buffer.concat([pack(head), ...parts, pack(END)]), kind, diffId };
}

const many = (count: number, member: (i: number) => Buffer) =>
  plain(archive(...Array.from({ length: count }, (_, i) => member(i))));

const xattrs = (i: number): [string, string][] =>
  Array.from({ length: 100 }, (_, n) => [`SCHILY.xattr.user.${i}-${n}`, "x".repeat(99)]);

/** Layers, lowest first. */
const LAYERS: Readonly<Record<string, () => Stored>> = {
  "a PAX header of a GiB": () => plain(rawHeader({ type: "x", size: 1024 * MIB })),
  "64 GiB of zeros in zstd": () => zeros(65_536, "zstd"),
  "300 MiB of zeros in gzip": () => zeros(304, "gzip"),
  "a PAX header of 2 MiB": () => plain(archive(rawPax("x".repeat(2 * MIB)), rawHeader({}))),
  "a long name of a GiB": () => plain(rawHeader({ type: "L", size: 1024 * MIB })),
  "a long name of 2 MiB": () => plain(archive(longName("x/".repeat(MIB)), rawHeader({}))),
  "a sparse file of eight EiB": () =>
    plain(archive(
      pax(
        ["GNU.sparse.major", "1"],
        ["GNU.sparse.minor", "0"],
        ["GNU.sparse.name", "s"],
        ["GNU.sparse.realsize", `${2n ** 62n}`],
      ),
      rawHeader({ size: 512 }),
      Buffer.alloc(512),
    )),
  "100,000 files": () => many(100_000, (i) => rawHeader({ name: `d/${i}` })),
  "100,000 folders in folders": () =>
    many(1000, (i) => rawHeader({ name: `${"d/".repeat(i % 40)}${i}/`, type: "5" })),
  "50,000 hard links": () =>
    many(
      50_000,
      (i) => i === 0 ? rawFile("f") : rawHeader({ name: `l${i}`, type: "1", linkname: "f" }),
    ),
  "50,000 whiteouts": () => many(50_000, (i) => rawHeader({ name: `.wh.${i}` })),
  "100,000 attributes": () =>
    many(1000, (i) => Buffer.concat([pax(...xattrs(i)), rawHeader({ name: `f${i}` })])),
  "64 GiB of zeros in gzip": () => zeros(65_536, "gzip"),
};

const COMMANDS: Readonly<Record<string, (image: string, out: string) => string[]>> = {
  "export": (image) => ["export", image, "--output=/dev/null"],
  "ls": (image) => ["ls", image],
  "copy --compress": (image, out) => ["copy", "--compress=gzip", image, `oci-dir:${out}:v`],
};

const padded = (text: string, size: number) => Buffer.from(text + " ".repeat(size - text.length));
const digest = `sha256:${"0".repeat(64)}`;
const entry = (i: number) => ({
  mediaType: MANIFEST,
  digest: `sha256:${i.toString(16).padStart(64, "0")}`,
  size: 7,
  annotations: { "org.opencontainers.image.ref.name": `t${i}` },
});
const documentOf = (fields: object) => Buffer.from(JSON.stringify({ schemaVersion: 2, ...fields }));
const blob = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: 7 };

/** Documents, as what a layout's only name leads to. */
const DOCUMENTS: Readonly<Record<string, () => Buffer>> = {
  "a manifest of 5 MiB": () => padded("{}", 5 * MIB),
  "a manifest of lists": () => Buffer.from("[".repeat(2 * MIB) + "]".repeat(2 * MIB)),
  "a manifest of objects": () => Buffer.from('{"a":'.repeat(500_000) + "0" + "}".repeat(500_000)),
  "a manifest of keys": () =>
    documentOf(Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, i]))),
  "a manifest of 30,000 layers": () =>
    documentOf({ mediaType: MANIFEST, config: blob, layers: Array(30_000).fill(blob) }),
  "an index of 15,000 manifests": () =>
    documentOf({ mediaType: INDEX, manifests: Array.from({ length: 15_000 }, (_, i) => entry(i)) }),
};

/** What a layout's index.json is. */
const INDEXES: Readonly<Record<string, () => Buffer>> = {
  "an index.json of 70 MiB": () => padded('{"schemaVersion":2,"manifests":[]}', 70 * MIB),
  "an index.json of 100,000 names": () =>
    documentOf({ manifests: Array.from({ length: 100_000 }, (_, i) => entry(i)) }),
};

let home: string;
beforeAll(async () => {
  const { path, dispose } = await folderToDispose();
  home = path;
  return dispose;
});

let layouts = 0;

/** Writes a layout whose index.json names one document; with more blobs. */
async function writeLayout(name: Buffer | object, blobs: readonly Buffer[]): Promise<string> {
  const layout = join(home, `${++layouts}`);
  await mkdir(join(layout, "blobs/sha256"), { recursive: true });
  await writeFile(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const index = Buffer.isBuffer(name) ? name : documentOf({ manifests: [name] });
  await writeFile(join(layout, "index.json"), index);
  for (const bytes of blobs) {
    await writeFile(join(layout, "blobs/sha256", digestOf(bytes).slice("sha256:".length)), bytes);
  }
  return layout;
}

const describeBytes = (mediaType: string, bytes: Buffer) => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

async function writeImage({ bytes, kind, diffId }: Stored): Promise<string> {
  const type = "application/vnd.oci.image.layer.v1.tar";
  const rootfs = { type: "layers", diff_ids: [diffId] };
  const config = Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", rootfs }));
  const manifest = documentOf({
    mediaType: MANIFEST,
    config: describeBytes("application/vnd.oci.image.config.v1+json", config),
    layers: [describeBytes(kind ? `${type}+${kind}` : type, bytes)],
  });
  return await writeLayout(describeBytes(MANIFEST, manifest), [bytes, config, manifest]);
}

/** Runs a command, which ends as said and holds no more than it should. */
async function run(words: readonly string[]): Promise<Outcome> {
  const { outcome, peak, time } = await measure(words, home);
  if (outcome.status !== 0) expect(outcome.stderr).toMatch(/^nixoci: [^\n]+\n$/);
  expect(peak, `MiB of ${words.join(" ")}`).toBeLessThan(256);
  if (FULL) expect(time, `seconds of ${words.join(" ")}`).toBeLessThan(10);
  return outcome;
}

const cross = <A, B>(first: readonly A[], second: readonly B[]) =>
  first.flatMap((a) => second.map((b) => [a, b] as const));

describe.skipIf(process.platform !== "linux")("a bomb:", () => {
  it.each(selectCases(cross(Object.keys(LAYERS), Object.keys(COMMANDS))))(
    "%s, %s",
    async (layer, command) => {
      const layout = await writeImage(LAYERS[layer]!());
      const { status } = await run(COMMANDS[command]!(`oci-dir:${layout}`, join(layout, "out")));
      const isCopied = command === "copy --compress" && layer.endsWith("gzip"); // as it is
      if (layer.startsWith("64 GiB")) expect(status).toBe(isCopied ? 0 : 1);
      if (layer === "300 MiB of zeros in gzip") expect(status).toBe(0);
    },
  );

  it.each(selectCases(Object.keys(DOCUMENTS)))("%s", async (name) => {
    const bytes = DOCUMENTS[name]!();
    const type = name.startsWith("an index") ? INDEX : MANIFEST;
    const layout = await writeLayout(describeBytes(type, bytes), [bytes]);
    await run(["copy", "--all", `oci-dir:${layout}`, `oci-dir:${layout}/out:v`]);
  });

  it.each(selectCases(Object.keys(INDEXES)))("%s", async (name) => {
    const layout = await writeLayout(INDEXES[name]!(), []);
    await run(["tags", `oci-dir:${layout}`]);
  });
});
