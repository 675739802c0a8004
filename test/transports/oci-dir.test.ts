import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createCache } from "../../src/cache/cache.ts";
import { copy } from "../../src/copy/copy.ts";
import { readContent } from "../../src/image/content.ts";
import type { Image } from "../../src/image/root.ts";
import { transport as placed } from "../../transports/oci-dir/mod.ts";
import { blobPathOf } from "../../transports/lib/layout.ts";
import { folderToDispose, temporaryFolder } from "../support/folder.ts";
import { image, lying, sourceOf } from "../support/images.ts";
import { conformance } from "./conformance.ts";
import type { TransportOptions } from "../../transports/mod.ts";
import { atLocation } from "../support/at-location.ts";

const transport = atLocation(placed);

conformance(placed, async () => {
  const { path, dispose } = await folderToDispose();
  const layout = join(path, "layout");
  return { location: (name) => name === undefined ? layout : `${layout}:${name}`, dispose };
}, { manifests: true, indexes: true, artifacts: true, adds: true, names: ["v1.0", "name:latest"] });

async function store(location: string, put: Image, options?: TransportOptions): Promise<void> {
  const to = await transport.sink(location, options);
  try {
    await copy(sourceOf({ it: put }), to);
  } finally {
    await to[Symbol.asyncDispose]();
  }
}

describe("oci-dir", () => {
  it("writes what the specification says, and nothing else", async () => {
    const folder = await temporaryFolder();
    const put = await image();
    await store(`${folder}:latest`, put);
    expect((await readdir(folder)).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
    expect(await readdir(join(folder, "blobs"))).toEqual(["sha256"]);
    expect((await readdir(join(folder, "blobs/sha256"))).length).toBe(3);
    expect(await readFile(join(folder, "oci-layout"), "utf8")).toBe(
      '{"imageLayoutVersion":"1.0.0"}',
    );
    const { mediaType, digest, size } = put.manifest.descriptor;
    expect(JSON.parse(await readFile(join(folder, "index.json"), "utf8"))).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [{
        mediaType,
        digest,
        size,
        annotations: { "org.opencontainers.image.ref.name": "latest" },
      }],
    });
  });

  it("reads thousands of names, which it has written itself", async () => {
    const folder = await temporaryFolder();
    await store(`${folder}:first`, await image());
    const file = join(folder, "index.json");
    const index = JSON.parse(await readFile(file, "utf8"));
    const names = Array.from({ length: 5_000 }, (_, i) => ({
      ...index.manifests[0],
      annotations: { "org.opencontainers.image.ref.name": `v${i}` },
    }));
    await writeFile(file, JSON.stringify({ ...index, manifests: names }));
    await store(`${folder}:last`, await image());
    const source = await transport.source(folder);
    expect((await source.list!()).length).toBe(5_001);
    expect((await source.resolve("v4999")).kind).toBe("image");
  });

  it("finds images by name, digest or because there is only one", async () => {
    const folder = await temporaryFolder();
    const [first, second] = [await image(), await image()];
    await store(`${folder}:first`, first);
    const resolve = async (location: string) =>
      (await (await transport.source(location)).resolve()).manifest.descriptor.digest;
    const digests = [first, second].map((one) => one.manifest.descriptor.digest);
    expect(await resolve(folder)).toBe(digests[0]);
    await store(`${folder}:second`, second);
    expect(await resolve(`${folder}:second`)).toBe(digests[1]);
    expect(await resolve(`${folder}@${digests[0]}`)).toBe(digests[0]);
    await expect(resolve(folder)).rejects.toMatchObject({
      code: "USAGE",
      hint: expect.stringContaining("first, second"),
    });
    await store(folder, first);
    expect(await resolve(folder)).toBe(digests[0]);
    await expect(resolve(`${folder}@sha256:abc`)).rejects.toMatchObject({ code: "USAGE" });
  });

  it("takes an image that is listed twice for one, and an empty name for none", async () => {
    const folder = await temporaryFolder();
    await store(`${folder}:a`, await image());
    const file = join(folder, "index.json");
    const index = JSON.parse(await readFile(file, "utf8"));
    const [entry] = index.manifests;
    await writeFile(file, JSON.stringify({ ...index, manifests: [entry, entry] }));
    const twice = await (await transport.source(folder)).resolve();
    expect(twice.manifest.descriptor.digest).toBe(entry.digest);
    const unnamed = { ...entry, annotations: { "org.opencontainers.image.ref.name": "" } };
    await writeFile(file, JSON.stringify({ ...index, manifests: [unnamed] }));
    expect(await (await transport.source(folder)).list!())
      .toEqual([{ select: entry.digest, id: entry.digest }]);
  });

  it("writes a corrupt blob anew instead of trusting it", async () => {
    const folder = await temporaryFolder();
    const put = await image();
    await store(`${folder}:a`, put);
    const file = join(folder, blobPathOf(put.layers[0]!.descriptor.digest));
    const good = await readFile(file);
    for (
      const bad of [Buffer.alloc(good.length, 1), Buffer.alloc(0), Buffer.concat([good, good])]
    ) {
      await writeFile(file, bad);
      const other = await transport.sink(join(folder, "other"));
      await expect(copy(await transport.source(folder), other)).rejects.toMatchObject({
        code: expect.stringMatching(/DIGEST|SIZE/),
      });
      await other[Symbol.asyncDispose]();
      await store(`${folder}:a`, put);
      expect(await readFile(file)).toEqual(good);
    }
  });

  it("does not read what is proved, unless it has changed since", async () => {
    const folder = await temporaryFolder();
    const { proved } = createCache(join(folder, "cache.sqlite"));
    const layout = join(folder, "layout");
    const put = await image();
    const { digest } = put.layers[0]!.descriptor;
    const file = join(layout, blobPathOf(digest));
    await store(layout, put, { proved });
    const has = async () =>
      await (await transport.sink(layout, { proved })).has(put.layers[0]!.descriptor);
    const { ino, dev, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    const stamp = [dev, ino, size, mtimeNs, ctimeNs].join(" ");
    // Deno tells whole seconds: what has just been written may change within this one.
    const isCoarse = ctimeNs % 1_000_000_000n === 0n;
    if (!isCoarse) expect(await proved.digestOf(stamp)).toBe(digest);
    expect(await has()).toBe(true);
    const bytes = await readFile(file);
    await writeFile(file, Buffer.alloc(bytes.length, 1));
    await utimes(
      file,
      new Date(Number(mtimeNs / 1_000_000n)),
      new Date(Number(mtimeNs / 1_000_000n)),
    );
    expect(await has()).toBe(false);
  });

  it("keeps all names when many write at a time", async () => {
    const folder = await temporaryFolder();
    const names = Array.from({ length: 12 }, (_, i) => `tag-${i}`);
    await Promise.all(names.map(async (name) => store(`${folder}:${name}`, await image())));
    const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
    const found = index.manifests.map((entry: { annotations: Record<string, string> }) =>
      entry.annotations["org.opencontainers.image.ref.name"]
    );
    expect(found.sort()).toEqual(names.sort());
  });

  it("shares blobs between layouts", async () => {
    const folder = await temporaryFolder();
    const options = { sharedBlobDir: join(folder, "shared") };
    const put = await image();
    await store(join(folder, "one"), put, options);
    await store(join(folder, "two"), put, options);
    expect((await readdir(join(folder, "shared/sha256"))).length).toBe(3);
    expect((await readdir(join(folder, "one"))).sort()).toEqual(["index.json", "oci-layout"]);
    const got = await (await transport.source(join(folder, "two"), options)).resolve();
    expect(got.manifest.descriptor.digest).toBe(put.manifest.descriptor.digest);
  });

  it("refuses directories that are something else", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "thesis.tex"), "");
    await expect(store(folder, await image())).rejects.toMatchObject({ code: "EXISTS" });
    expect(await readdir(folder)).toEqual(["thesis.tex"]);
    await expect(transport.source(folder)).rejects.toThrow(/is not an OCI layout/);
    await expect(store(join(folder, "thesis.tex/x"), await image())).rejects.toThrow(
      /not a directory/,
    );
    await writeFile(join(folder, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
    await expect(transport.source(folder)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  it("leaves a malformed index alone, and says what is wrong with it", async () => {
    const folder = await temporaryFolder();
    await store(folder, await image());
    for (const text of ["", '{"schemaVersion":2,"manifests":[{"digest":"x"}]}', "{", "[]"]) {
      await writeFile(join(folder, "index.json"), text);
      await expect(transport.source(folder)).rejects.toMatchObject({ code: "MALFORMED" });
      await expect(store(`${folder}:x`, await image())).rejects.toMatchObject({
        code: "MALFORMED",
      });
      expect(await readFile(join(folder, "index.json"), "utf8")).toBe(text);
    }
  });

  it("does not wait for a FIFO or read a directory where a blob should be", async () => {
    const folder = await temporaryFolder();
    const put = await image();
    await store(folder, put);
    const file = join(folder, blobPathOf(put.layers[0]!.descriptor.digest));
    const { rm } = await import("node:fs/promises");
    await rm(file);
    await mkdir(file);
    const to = await transport.sink(join(folder, "o"));
    const copied = copy(await transport.source(folder), to);
    await expect(copied).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await to[Symbol.asyncDispose]();
    expect((await stat(file)).isDirectory()).toBe(true);
  });
});

/** An image whose last layer does not hash to its digest. */
async function lyingImage(): Promise<Image> {
  const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
  const [first, last] = put.layers;
  return { ...put, layers: [first!, { ...last!, ...lying(last!, Buffer.from("other")) }] };
}

describe("a copy that fails", () => {
  it("leaves nothing of a layout that it has begun", async () => {
    const folder = await temporaryFolder();
    await expect(store(`${join(folder, "new/deep/layout")}:a`, await lyingImage())).rejects
      .toThrow();
    expect(await readdir(folder)).toEqual([]);
    await mkdir(join(folder, "empty"));
    await expect(store(`${join(folder, "empty")}:a`, await lyingImage())).rejects.toThrow();
    expect(await readdir(folder, { recursive: true })).toEqual(["empty"]);
  });

  it("leaves a layout as it was", async () => {
    const folder = await temporaryFolder();
    await store(`${folder}:good`, await image());
    const before = await readFile(join(folder, "index.json"), "utf8");
    const blobs = (await readdir(join(folder, "blobs/sha256"))).sort();
    await expect(store(`${folder}:bad`, await lyingImage())).rejects.toThrow();
    expect(await readFile(join(folder, "index.json"), "utf8")).toBe(before);
    expect((await readdir(join(folder, "blobs/sha256"))).sort()).toEqual(blobs);
    const source = await transport.source!(`${folder}:good`);
    await expect(source.resolve()).resolves.toMatchObject({ kind: "image" });
    await source[Symbol.asyncDispose]();
  });

  it("leaves blobs that another copy has published meanwhile", async () => {
    const folder = await temporaryFolder();
    const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
    await store(`${folder}:good`, await image());
    const failing = await transport.sink!(`${folder}:bad`);
    await failing.put({ kind: "layer", content: put.layers[0]! });
    await failing.put({ kind: "blob", content: (await image()).layers[0]! });
    await expect.poll(() => failing.has(put.layers[0]!.descriptor)).toBe(true);
    await store(`${folder}:other`, put);
    await failing[Symbol.asyncDispose]();
    const from = await transport.source!(`${folder}:other`);
    const to = await transport.sink!(join(folder, "copied"));
    await expect(copy(from, to)).resolves.toMatchObject({ images: [{}] });
    await to[Symbol.asyncDispose]();
    expect(await readdir(join(folder, "blobs/sha256"))).toHaveLength(3 + 4);
  });

  it("does not fail one that goes well at the same time", async () => {
    const folder = await temporaryFolder();
    const [good, bad] = [await image({ layers: [{ a: "1" }, { b: "2" }] }), await lyingImage()];
    for (let round = 0; round < 30; round++) {
      const layout = join(folder, `${round}/deep/layout`);
      const [failed, stored] = await Promise.allSettled([
        store(`${layout}:bad`, bad),
        store(`${layout}:good`, good),
      ]);
      expect([failed.status, stored.status], `round ${round}`).toEqual(["rejected", "fulfilled"]);
      const source = await transport.source!(`${layout}:good`);
      const to = await transport.sink!(`${layout}:copied`);
      await copy(source, to);
      await to[Symbol.asyncDispose]();
      expect(await readdir(join(layout, "blobs/sha256"))).toHaveLength(4);
    }
  });

  it("makes folders anew that another copy has taken back", async () => {
    const folder = await temporaryFolder();
    const layout = join(folder, "deep/layout");
    const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
    const to = await transport.sink!(`${layout}:a`);
    for (const content of put.layers) {
      await to.put({ kind: "layer", content });
      await expect.poll(() => to.has(content.descriptor)).toBe(true);
      await rm(join(folder, "deep"), { recursive: true });
    }
    await to.put({ kind: "config", content: put.config });
    const root = { root: put, references: [] };
    expect(await to.commit([root])).toMatchObject({ error: { code: "INCOMPLETE" } });
    for (const content of put.layers) await to.put({ kind: "layer", content });
    expect(await to.commit([root])).toEqual([put.manifest.descriptor]);
    await to[Symbol.asyncDispose]();
    expect(await readdir(join(layout, "blobs/sha256"))).toHaveLength(4);
  });

  it("keeps what has arrived when it is interrupted", async () => {
    const folder = await temporaryFolder();
    const stop = new AbortController();
    const put = await image();
    const to = await transport.sink!(`${folder}:a`, { signal: stop.signal });
    await to.put({ kind: "layer", content: put.layers[0]! });
    stop.abort();
    await to[Symbol.asyncDispose]();
    expect(await readdir(join(folder, "blobs/sha256"))).toHaveLength(1);
  });

  it("is noticed by one that relied on its blobs", async () => {
    const folder = await temporaryFolder();
    const put = await image();
    const blob = join(folder, blobPathOf(put.layers[0]!.descriptor.digest));
    await mkdir(dirname(blob), { recursive: true });
    await writeFile(blob, await readContent(put.layers[0]!, 1e6));
    const to = await transport.sink!(`${folder}:b`);
    expect(await to.has(put.layers[0]!.descriptor)).toBe(true);
    await rm(blob);
    await to.put({ kind: "config", content: put.config });
    const { digest } = put.layers[0]!.descriptor;
    expect(await to.commit([{ root: put, references: [] }])).toMatchObject({
      lacks: [digest],
      error: { code: "INCOMPLETE", message: `${blob} was there before, and is gone` },
    });
    await to.put({ kind: "layer", content: put.layers[0]! });
    expect(await to.commit([{ root: put, references: [] }])).toEqual([put.manifest.descriptor]);
    await to[Symbol.asyncDispose]();
  });
});
