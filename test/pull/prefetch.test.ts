import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import type { WrapOutput } from "../../src/bytes/output.ts";
import { createImage } from "../../src/image/documents/assemble.ts";
import { contentOf, readContent } from "../../src/image/content.ts";
import { encodeJson } from "../../src/image/json.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import type { Image, Layer } from "../../src/image/root.ts";
import { hashPath } from "../../src/nix/store/dump.ts";
import {
  prefetchArchive,
  prefetchDirectory,
  type PrefetchOptions,
} from "../../src/pull/prefetch.ts";
import { pull } from "../../src/pull/pull.ts";
import { openSink } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image, layerOf, tarFile } from "../support/images.ts";
import type { RegistryServer } from "../support/registry-server.ts";
import { AMD, ARM, attested, registryWith } from "../support/seeded.ts";
import { sourceAt } from "../transports/registry/setup.ts";

const LIMIT = 1 << 26;

const digestIn = (root: Image) => root.manifest.descriptor.digest;

/** A layer of gzip members, whose end says how long the last of them is. */
async function layerOfMembers(text: string): Promise<Layer> {
  const tar = await tarFile({ members: text });
  const half = tar.length / 2;
  const gzip = Buffer.concat([gzipSync(tar.subarray(0, half)), gzipSync(tar.subarray(half))]);
  const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
  return { ...contentOf(mediaType, gzip), diffId: digestOf(tar) };
}

/** An image with layers of every kind, one of them twice. */
async function mixed(): Promise<Image> {
  const layers = [
    await layerOf({ a: "gzip".repeat(50_000) }, "gzip"),
    await layerOf({ b: "zstd".repeat(50_000) }, "zstd"),
    await layerOfMembers("members".repeat(50_000)),
    await layerOf({ c: "plain" }, "none"),
  ];
  layers.push(layers[0]!);
  const config = encodeJson({
    architecture: "amd64",
    os: "linux",
    config: { Cmd: ["<&>"] },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  });
  return createImage("oci", contentOf(MEDIA_TYPES.oci.config, config), layers);
}

const archive = (through: WrapOutput) => openSink("docker-archive:-:app:v1", { through });

async function flat(registry: RegistryServer, options: Partial<PrefetchOptions> = {}) {
  const from = await sourceAt(`${registry.host}/app`);
  return await prefetchArchive(from, archive, { reference: "v1", platform: AMD, ...options });
}

async function directory(registry: RegistryServer, options: Partial<PrefetchOptions> = {}) {
  const from = await sourceAt(`${registry.host}/app`);
  return await prefetchDirectory(from, { reference: "v1", platform: AMD, ...options });
}

describe("prefetchArchive", () => {
  it("gives the hash of the file that pull writes", async () => {
    const put = await mixed();
    const registry = await registryWith(put);
    const file = join(await temporaryFolder(), "out.tar");
    const to = await openSink(`docker-archive:${file}:app:v1`);
    const from = await sourceAt(`${registry.host}/app`);
    await pull(from, to, { digest: digestIn(put), platform: AMD });
    await to[Symbol.asyncDispose]();
    const expected = { hash: digestOf(await readFile(file)), imageDigest: digestIn(put) };
    expect(await flat(registry)).toEqual(expected);
    // Also where the end of a blob cannot be asked for, or is a lie.
    const lying = { status: 206, headers: {}, body: Buffer.from("lies") };
    registry.onRequest = ({ headers: { range } }) => range ? { answer: lying } : {};
    expect(await flat(registry)).toEqual(expected);
    const other = await registryWith(put, { without: ["range"] });
    expect(await flat(other)).toEqual(expected);
  });

  it("fetches what fits into memory once, also where the end of a blob is not to be had", async () => {
    const put = await mixed();
    const registry = await registryWith(put);
    // Whoever asks for the end waits until all of it must be there.
    registry.onRequest = ({ headers: { range } }) =>
      range ? { delay: 300, answer: { status: 500, headers: {}, body: "" } } : {};
    await flat(registry);
    const whole = registry.log.filter(({ path, headers: { range } }) =>
      path.includes("/blobs/") && range === undefined
    );
    expect(whole).toHaveLength(put.layers.length); // and the config; one layer is there twice
  });

  it("asks for a tag once, and for everything else by its digest", async () => {
    const { amd, arm, all } = await attested();
    const registry = await registryWith(all);
    // The tag moves as soon as it has been asked for.
    registry.onRequest = ({ path }) => {
      const isLater = path.includes("/app/") && !path.endsWith("/v1");
      if (isLater) registry.repository("app").tags.set("v1", digestIn(arm));
      return {};
    };
    const expected = { imageDigest: digestIn(amd), indexDigest: all.manifest.descriptor.digest };
    expect(await flat(registry)).toMatchObject(expected);
    const tagged = registry.log.filter(({ path }) => path.endsWith("/manifests/v1"));
    expect(tagged).toHaveLength(1);
  });

  it("asks for no tag when there is a digest", async () => {
    const { arm, all } = await attested();
    const registry = await registryWith(all);
    const reference = all.manifest.descriptor.digest;
    const { imageDigest, hash } = await flat(registry, { reference, platform: ARM });
    expect(imageDigest).toBe(digestIn(arm));
    expect(registry.log.some(({ path }) => path.endsWith("/manifests/v1"))).toBe(false);
    expect(await flat(registry, { reference: imageDigest })).toEqual({ imageDigest, hash });
  });

  it("fails as pull does", async () => {
    const { attestation, all } = await attested();
    const registry = await registryWith(all);
    const reference = attestation.manifest.descriptor.digest;
    await expect(flat(registry, { reference })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await expect(flat(registry, { reference: "v2" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(directory(registry, { reference })).rejects.toMatchObject({
      code: "UNSUPPORTED",
    });
  });
});

describe("prefetchDirectory", () => {
  it("gives the NAR hash of what skopeo's dir: would hold", async () => {
    const put = await mixed();
    const registry = await registryWith(put);
    const folder = join(await temporaryFolder(), "dir");
    await mkdir(folder);
    const blobs = [put.config, ...put.layers];
    for (const blob of blobs) {
      await writeFile(
        join(folder, blob.descriptor.digest.slice(7)),
        await readContent(blob, LIMIT),
      );
    }
    await writeFile(join(folder, "manifest.json"), await readContent(put.manifest, LIMIT));
    await writeFile(join(folder, "version"), "Directory Transport Version: 1.1\n");
    registry.onRequest = ({ path }) => ({ delay: path.includes("/blobs/") ? path.length % 7 : 0 });
    expect(await directory(registry)).toEqual({
      hash: await hashPath(folder),
      imageDigest: digestIn(put),
    });
    const asked = registry.log.filter(({ path }) => path.includes("/blobs/"));
    expect(asked).toHaveLength(blobs.length - 1); // each once, and one is there twice
  });

  it("hashes the manifest of the index's image as it is", async () => {
    const { amd, all } = await attested();
    const registry = await registryWith(all);
    const { hash, indexDigest } = await directory(registry);
    expect(indexDigest).toBe(all.manifest.descriptor.digest);
    const alone = await registryWith(amd);
    expect(await directory(alone)).toEqual({ hash, imageDigest: digestIn(amd) });
  });

  it("gives no hash of bytes that are not what the manifest names", async () => {
    const put = await image({ layers: [{ a: "1" }] });
    const registry = await registryWith(put);
    const { digest, size } = put.layers[0]!.descriptor;
    registry.repository("app").blobs.set(digest, Buffer.alloc(size));
    await expect(directory(registry)).rejects.toMatchObject({ code: "DIGEST" });
    await expect(flat(registry)).rejects.toMatchObject({ code: "DIGEST" });
  });
});
