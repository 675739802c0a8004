import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { createHashedOutput } from "../../src/bytes/hashed-output.ts";
import type { WrapOutput } from "../../src/bytes/output.ts";
import { NixociError } from "../../src/base/errors.ts";
import type { CopyEvent } from "../../src/copy/events.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import type { Root } from "../../src/image/root.ts";
import { pull, type PullOptions } from "../../src/pull/pull.ts";
import { openSink } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { artifact, image, index } from "../support/images.ts";
import type { RegistryServer } from "../support/registry-server.ts";
import { AMD, ARM, attested, registryWith, seedRoot } from "../support/seeded.ts";
import { sourceAt } from "../transports/registry/setup.ts";

const digestIn = (root: Root) => root.manifest.descriptor.digest;

type More = Partial<PullOptions> & { readonly through?: WrapOutput; readonly to?: string };

/** Pulls what the registry has under the root's digest; the file, and what was said. */
async function pulled(registry: RegistryServer, root: Root, more: More = {}) {
  const { through, to, ...options } = more;
  const file = join(await temporaryFolder(), "out.tar");
  const from = await sourceAt(`${registry.host}/app`);
  const sink = await openSink(to ?? `docker-archive:${file}:app:v1`, { ...through && { through } });
  const events: CopyEvent[] = [];
  try {
    const result = await pull(from, sink, {
      digest: digestIn(root),
      platform: AMD,
      onEvent: (event) => events.push(event),
      ...options,
    });
    const notices = events.flatMap((event) => event.type === "notice" ? [event.message] : []);
    return { ...result, notices, file };
  } finally {
    await sink[Symbol.asyncDispose]();
  }
}

describe("pull", () => {
  it("takes the image of an index for the platform, and says both digests", async () => {
    const { amd, arm, all } = await attested();
    const registry = await registryWith(all);
    for (const [platform, wanted] of [[AMD, amd], [ARM, arm]] as const) {
      const { imageDigest, indexDigest, notices } = await pulled(registry, all, { platform });
      expect({ imageDigest, indexDigest }).toEqual({
        imageDigest: digestIn(wanted),
        indexDigest: digestIn(all),
      });
      expect(notices.join()).not.toContain("is an image for");
    }
  });

  it("takes an image whatever the platform, with a notice when it is for another", async () => {
    const { amd, arm, all } = await attested();
    const registry = await registryWith(all);
    const fitting = await pulled(registry, amd);
    expect(fitting).toMatchObject({ imageDigest: digestIn(amd) });
    expect(fitting).not.toHaveProperty("indexDigest");
    expect(fitting.notices.join()).not.toContain("is an image for");
    const other = await pulled(registry, arm);
    expect(other.imageDigest).toBe(digestIn(arm));
    expect(other.notices).toContain(
      `${digestIn(arm)} is an image for linux/arm64, not for linux/amd64; it is taken as it is`,
    );
  });

  it("says so when the index is wrong about the image's platform", async () => {
    const armv6 = parsePlatform("linux/arm/v6");
    const silent = await image({ platform: { os: "linux", architecture: "arm" } });
    const [arm, right] = [await image({ platform: ARM }), await image({ platform: AMD })];
    const all = index([arm, right, silent], [AMD, ARM, armv6]);
    const registry = await registryWith(all);
    expect((await pulled(registry, all)).notices).toContain(
      `${digestIn(arm)} is an image for linux/arm64, not for linux/amd64; it is taken as it is`,
    );
    // That a config does not name the variant is not a contradiction.
    const { imageDigest, notices } = await pulled(registry, all, { platform: armv6 });
    expect(imageDigest).toBe(digestIn(silent));
    expect(notices.join()).not.toContain("is an image for");
  });

  it("says so when an index has nothing to choose from", async () => {
    const all = index([artifact()], [{ os: "unknown", architecture: "unknown" }]);
    const registry = await registryWith(all);
    await expect(pulled(registry, all)).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: "none of its entries is for a platform; nixoci copy --all takes them as they are",
    });
  });

  it("asks for no tag, and each thing once", async () => {
    const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
    const registry = await registryWith(put);
    // A tag that alternates, and headers that lie.
    registry.onRequest = () => ({
      headers: { "docker-content-digest": `sha256:${"0".repeat(64)}` },
    });
    await pulled(registry, put);
    const blobs = [put.config, ...put.layers].map(({ descriptor }) => `blobs/${descriptor.digest}`);
    const asked = registry.log.map(({ path }) => path).filter((path) => path !== "/v2/");
    expect(asked.sort()).toEqual(
      [...blobs, `manifests/${digestIn(put)}`].map((path) => `/v2/app/${path}`).sort(),
    );
  });

  it("refuses what is not there, is not an image, or is for no such platform", async () => {
    const { attestation, all } = await attested();
    const registry = await registryWith(all);
    const signature = artifact();
    await seedRoot(registry, signature);
    const missing = await image();
    const s390x = { platform: parsePlatform("linux/s390x") };
    for (
      const [root, more, code, says] of [
        [missing, {}, "NOT_FOUND", digestIn(missing)],
        [signature, {}, "UNSUPPORTED", "an artifact (application/vnd.example.signature)"],
        [attestation, {}, "UNSUPPORTED", "is an attestation about an image, not an image"],
        [all, s390x, "NOT_FOUND", "has no image for linux/s390x"],
      ] as const
    ) {
      const pulling = pulled(registry, root, more);
      await expect(pulling).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
    }
    await expect(pulled(registry, all, s390x)).rejects.toMatchObject({
      hint: "choose one that it has with --os and --arch (linux/amd64, linux/arm64)",
    });
  });

  it("refuses bytes that are not what the digest names", async () => {
    const put = await image({ layers: [{ a: "1" }] });
    const registry = await registryWith(put);
    const [layer] = put.layers;
    registry.repository("app").blobs.set(layer!.descriptor.digest, gzipSync("something else"));
    await expect(pulled(registry, put)).rejects.toMatchObject({
      code: expect.stringMatching(/SIZE|DIGEST/),
    });
  });

  it("puts the image elsewhere as it is", async () => {
    const put = await image();
    const registry = await registryWith(put);
    const folder = join(await temporaryFolder(), "layout");
    const { images } = await pulled(registry, put, { to: `oci-dir:${folder}:app` });
    expect(images[0]!.descriptor.digest).toBe(digestIn(put));
  });
});

describe("pull: the archive", () => {
  const layers = Array.from(
    { length: 9 },
    (_, i) => ({ [`${i}`]: `${i}`.repeat(70_000 * (9 - i)) }),
  );

  it("has the same bytes in whatever order the layers come", async () => {
    const put = await image({ layers });
    const registry = await registryWith(put);
    const first = await pulled(registry, put, { jobs: 1 });
    const bytes = await readFile(first.file);
    // The first layers come last.
    const delayOf = (path: string) =>
      put.layers.findIndex(({ descriptor }) => path.endsWith(descriptor.digest));
    registry.onRequest = ({ path }) => {
      const at = delayOf(path);
      return at === -1 ? {} : { delay: 60 - 6 * at };
    };
    for (const jobs of [6, 2]) {
      const { file } = await pulled(registry, put, { jobs });
      expect((await readFile(file)).equals(bytes)).toBe(true);
    }
  });

  it("does not depend on how the layers are compressed, nor on layers being there twice", async () => {
    const digests = await Promise.all(
      (["gzip", "zstd", "none"] as const).map(async (compression) => {
        const put = await image({ layers: [...layers.slice(7), layers[7]!], compression });
        const registry = await registryWith(put);
        return digestOf(await readFile((await pulled(registry, put)).file));
      }),
    );
    expect(new Set(digests).size).toBe(1);
  });

  it("appears only when it hashes to what is expected", async () => {
    const put = await image({ layers: [...layers, {}] });
    const registry = await registryWith(put);
    const wanted = digestOf(await readFile((await pulled(registry, put)).file));
    const file = join(await temporaryFolder(), "out.tar");
    await writeFile(file, "what was there");
    const expecting = (digest: string): WrapOutput => async (open) =>
      createHashedOutput(await open(), "sha256", (actual) => {
        if (actual !== digest) throw new NixociError("DIGEST", `${actual} it is`);
      });
    const to = `docker-archive:${file}:app:v1`;
    await expect(pulled(registry, put, { to, through: expecting("another") }))
      .rejects.toMatchObject({ code: "DIGEST", message: expect.stringContaining(wanted) });
    expect(await readFile(file, "utf8")).toBe("what was there");
    expect(await readdir(join(file, ".."))).toEqual(["out.tar"]);
    await pulled(registry, put, { to, through: expecting(wanted) });
    expect(digestOf(await readFile(file))).toBe(wanted);
  });

  it("lets go of everything when a layer fails while others wait for it", async () => {
    const put = await image({ layers });
    const registry = await registryWith(put);
    registry.repository("app").blobs.delete(put.layers[0]!.descriptor.digest);
    const folder = await temporaryFolder();
    const { digest } = put.layers[0]!.descriptor;
    await expect(pulled(registry, put, { to: `docker-archive:${folder}/out.tar:app` }))
      .rejects.toMatchObject({
        code: "NOT_FOUND",
        message: expect.stringMatching(`^layer ${digest}: Cannot read ${digest}`),
      });
    expect(await readdir(folder)).toEqual([]);
  });
});
