import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Digest } from "../../src/bytes/digest.ts";
import { createImage } from "../../src/image/documents/assemble.ts";
import { contentOf } from "../../src/image/content.ts";
import {
  addToLock,
  type BlobSupply,
  createFolderSupply,
  createRegistrySupply,
  EMPTY_LOCK,
  encodeLock,
  fetchLockedImages,
  listBlobDownloads,
  listLockedBlobs,
  type Lock,
  parseLock,
  verifyLockedImages,
  type WantedPlatforms,
} from "../../src/lock/mod.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image, index, layerOf } from "../support/images.ts";
import { AMD64, ARM64, multi, registry, seeded } from "./support/repository.ts";

async function locked(
  name: string,
  platforms?: WantedPlatforms,
  lock: Lock = EMPTY_LOCK,
): Promise<Lock> {
  return (await addToLock(lock, name, { registry, ...(platforms && { platforms }) })).lock;
}

async function fetch(lock: Lock, folder: string, supply?: BlobSupply, names: string[] = []) {
  const from = supply ?? createRegistrySupply(registry);
  const to = await openSink(`oci-dir:${folder}`);
  try {
    const nearby = createFolderSupply(join(folder, "blobs"));
    return await fetchLockedImages(lock, to, { supply: from, nearby, names });
  } finally {
    await to[Symbol.asyncDispose]();
    if (Symbol.asyncDispose in from) {
      await (from as BlobSupply & AsyncDisposable)[Symbol.asyncDispose]();
    }
  }
}

async function verify(lock: Lock, folder: string) {
  const layout = await openSource(`oci-dir:${folder}`);
  return await verifyLockedImages(lock, {
    there: createFolderSupply(join(folder, "blobs")),
    layout,
  });
}

const fileOf = (folder: string, digest: Digest) => join(folder, "blobs", digest.replace(":", "/"));

it("brings what is locked, and nothing else; names are the lock's", async () => {
  const { app, push } = await seeded();
  const { root, images } = await multi();
  await push("app:v1", root);
  const lock = await locked(`${app}:v1`);
  const folder = await temporaryFolder();
  const { images: there, blobs } = await fetch(lock, folder);
  expect(there.map(({ references }) => references)).toEqual([[`${app}:v1`]]);
  // Two configs, a layer each and one that they share.
  expect(blobs).toEqual({ moved: 5, exists: 0, mounted: 0 });

  const source = await openSource(`oci-dir:${folder}:${app}:v1`);
  const part = await source.resolve();
  if (part.kind !== "index") throw new Error("it is not an index");
  expect(part.children.map(({ descriptor }) => descriptor.digest)).toEqual(
    images.slice(0, 2).map(({ manifest }) => manifest.descriptor.digest),
  );
  const files = await readdir(join(folder, "blobs/sha256"));
  // …and two manifests, the index, and the part of it that is locked.
  expect(files).toHaveLength(9);
  expect(await verify(lock, folder)).toEqual([]);
});

it("an index that is locked whole arrives under its own digest", async () => {
  const { app, push } = await seeded();
  const images = [await image({ platform: AMD64 }), await image({ platform: ARM64 })];
  const root = index(images, [AMD64, ARM64]);
  await push("app:v1", root);
  const folder = await temporaryFolder();
  const { images: [there] } = await fetch(await locked(`${app}:v1`), folder);
  expect(there!.descriptor.digest).toBe(root.manifest.descriptor.digest);
});

it("one platform is the image itself", async () => {
  const { app, push } = await seeded();
  const { root, images } = await multi();
  await push("app:v1", root);
  const folder = await temporaryFolder();
  const { images: [there] } = await fetch(await locked(`${app}:v1`, [AMD64]), folder);
  expect(there!.descriptor.digest).toBe(images[0]!.manifest.descriptor.digest);
});

it("asks nobody when all is there, and only for what is missing when it is not", async () => {
  const { app, push, server } = await seeded();
  const { root, images } = await multi();
  await push("app:v1", root);
  const lock = await locked(`${app}:v1`);
  const folder = await temporaryFolder();
  await fetch(lock, folder);
  server.log.length = 0;
  expect((await fetch(lock, folder)).blobs.moved).toBe(0);
  expect(server.log).toEqual([]);

  const [, layer] = images[1]!.layers;
  await writeFile(fileOf(folder, layer!.descriptor.digest), "corrupt");
  await rm(fileOf(folder, root.manifest.descriptor.digest));
  expect((await verify(lock, folder)).map(({ kind, problem }) => [kind, problem])).toEqual([
    ["index", "missing"],
    ["layer", "corrupt"],
  ]);
  const { blobs } = await fetch(lock, folder);
  expect(blobs.moved).toBe(1);
  expect(server.log.filter(({ path }) => path.includes("/blobs/")).map(({ path }) => path))
    .toContain(`/v2/app/blobs/${layer!.descriptor.digest}`);
  expect(await verify(lock, folder)).toEqual([]);
});

it("goes by digest, whatever the tag says now", async () => {
  const { app, push, server } = await seeded();
  const { root, images } = await multi();
  await push("app:v1", root);
  const lock = await locked(`${app}:v1`, [AMD64]);
  await push("app:v1", (await multi(undefined, "moved")).root);
  server.log.length = 0;
  const { images: [there] } = await fetch(lock, await temporaryFolder());
  expect(there!.descriptor.digest).toBe(images[0]!.manifest.descriptor.digest);
  expect(server.log.map(({ path }) => path)).not.toContain("/v2/app/manifests/v1");
});

it("fetches several images at once, and those that are named", async () => {
  const { app, push } = await seeded();
  let lock = EMPTY_LOCK;
  for (const tag of ["v1", "v2"]) {
    await push(`app:${tag}`, (await multi(undefined, tag)).root);
    lock = await locked(`${app}:${tag}`, undefined, lock);
  }
  const folder = await temporaryFolder();
  const only = await fetch(lock, folder, undefined, [`${app}:v2`]);
  expect(only.images.map(({ references: [name] }) => name)).toEqual([`${app}:v2`]);
  expect((await verify(lock, folder)).some(({ images }) => images.includes(`${app}:v1`))).toBe(
    true,
  );
  const all = await fetch(lock, folder);
  expect(all.images.map(({ references: [name] }) => name)).toEqual([`${app}:v1`, `${app}:v2`]);
  expect(await verify(lock, folder)).toEqual([]);
});

it("assembles the layout from a folder of blobs, without a registry", async () => {
  const { app, push, server } = await seeded();
  await push("app:v1", (await multi()).root);
  const lock = await locked(`${app}:v1`);
  const blobs = await temporaryFolder();
  await mkdir(join(blobs, "sha256"));
  const downloads = listBlobDownloads(lock, { originOf: (host) => `http://${host}` });
  for (const { url, path, mediaType, size } of downloads) {
    const reply = await globalThis.fetch(url, { headers: { accept: mediaType } });
    const bytes = Buffer.from(await reply.arrayBuffer());
    expect(bytes.length).toBe(size);
    await writeFile(join(blobs, path), bytes);
  }
  server.log.length = 0;
  const folder = await temporaryFolder();
  await fetch(lock, folder, createFolderSupply(blobs));
  expect(server.log).toEqual([]);
  expect(await verify(lock, folder)).toEqual([]);

  // The same bytes as from the registry.
  const other = await temporaryFolder();
  await fetch(lock, other);
  expect(await readFile(join(folder, "index.json"))).toEqual(
    await readFile(join(other, "index.json")),
  );

  const [layer] = downloads.filter(({ kind }) => kind === "layer");
  await rm(join(blobs, layer!.path));
  await expect(fetch(lock, await temporaryFolder(), createFolderSupply(blobs))).rejects
    .toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining(layer!.digest),
    });
  await writeFile(join(blobs, layer!.path), "something else");
  await expect(fetch(lock, await temporaryFolder(), createFolderSupply(blobs))).rejects
    .toMatchObject({
      code: "SIZE",
    });
});

it("names in a layout that lead elsewhere are a problem", async () => {
  const { app, push } = await seeded();
  await push("app:v1", (await multi()).root);
  const lock = await locked(`${app}:v1`);
  const folder = await temporaryFolder();
  await fetch(lock, folder);
  const file = join(folder, "index.json");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(":v1", ":v2"));
  expect(await verify(lock, folder)).toMatchObject([{ kind: "name", problem: "missing" }]);
  const amd64 = await temporaryFolder();
  await cp(folder, amd64, { recursive: true });
  await fetch(await locked(`${app}:v1`, [AMD64]), amd64);
  expect(await verify(lock, amd64)).toMatchObject([{
    kind: "name",
    problem: "other",
    images: [`${app}:v1`],
  }]);
});

it("a lock that contradicts what it pins is refused", async () => {
  const { app, push } = await seeded();
  await push("app:v1", (await multi()).root);
  await push("app:v2", (await multi(undefined, "other")).root);
  const one = (await locked(`${app}:v1`)).images[`${app}:v1`]!;
  const two = (await locked(`${app}:v2`)).images[`${app}:v2`]!;
  const mixed = (changes: object): Lock => ({
    ...EMPTY_LOCK,
    images: { [`${app}:v1`]: { ...one, ...changes } },
  });
  const amd64 = one.platforms["linux/amd64"]!;
  const layers = two.platforms["linux/amd64"]!.layers;
  const platforms = { ...one.platforms, "linux/amd64": { ...amd64, layers } };
  const folder = await temporaryFolder();
  await expect(fetch(mixed({ platforms }), folder)).rejects.toMatchObject({
    code: "MALFORMED",
    message: expect.stringMatching(/the lock contradicts the registry: the manifest sha256:\w+ \(/),
  });
  await expect(fetch(mixed({ index: two.index }), folder)).rejects.toMatchObject({
    code: "MALFORMED",
    message: expect.stringMatching(/the index sha256:\w+ has no sha256:\w+$/),
  });
});

it("lists each blob once, with where it is, its hash and its scope", async () => {
  const { server, app, push } = await seeded();
  const { root, images } = await multi();
  for (const name of ["app:v1", "other:v1"]) await push(name, root);
  const lock = await locked(`${server.host}/other:v1`, undefined, await locked(`${app}:v1`));
  expect(listLockedBlobs(lock)).toHaveLength(8);
  const downloads = listBlobDownloads(lock, { originOf: () => "https://api.test" });
  expect(new Set(downloads.map(({ digest }) => digest)).size).toBe(8);
  const { digest, size, mediaType } = images[0]!.layers[1]!.descriptor;
  expect(downloads.find((one) => one.digest === digest)).toEqual({
    digest,
    hash: `sha256-${Buffer.from(digest.slice(7), "hex").toString("base64")}`,
    kind: "layer",
    mediaType,
    path: digest.replace(":", "/"),
    scope: "repository:app:pull",
    size,
    url: `https://api.test/v2/app/blobs/${digest}`,
    images: [`${app}:v1`, `${server.host}/other:v1`],
  });
  expect(downloads[0]).toMatchObject({
    kind: "index",
    url: `https://api.test/v2/app/manifests/${root.manifest.descriptor.digest}`,
  });
});

it("layers that registries may not have stay where they are", async () => {
  const { app, push, server } = await seeded();
  const plain = await image({ platform: AMD64 });
  const foreign = await layerOf({ "windows.dll": "not ours to give" });
  const descriptor = {
    ...foreign.descriptor,
    mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    urls: ["https://vendor.test/layer"],
  };
  const [layer] = plain.layers;
  const config = contentOf(
    plain.config.descriptor.mediaType,
    Buffer.from(JSON.stringify({
      os: "linux",
      architecture: "amd64",
      rootfs: { type: "layers", diff_ids: [foreign.diffId, layer!.diffId] },
    })),
  );
  await push("app:v1", createImage("docker", config, [{ ...foreign, descriptor }, layer!]));
  const lock = await locked(`${app}:v1`);
  const [blob] = listBlobDownloads(lock, { originOf: () => "https://api.test" })
    .filter(({ digest }) => digest === descriptor.digest);
  expect(blob).toMatchObject({ url: "https://vendor.test/layer", scope: null });
  server.log.length = 0;
  const folder = await temporaryFolder();
  await fetch(lock, folder);
  expect(server.log.some(({ path }) => path.includes(descriptor.digest))).toBe(false);
  expect(await verify(lock, folder)).toEqual([]);
});

it("a layer is not taken for such a one because the lock gives it a URL", async () => {
  const { app, push } = await seeded();
  await push("app:v1", await image({ platform: AMD64 }));
  const text = encodeLock(await locked(`${app}:v1`));
  const spoiled = text.replace(/("size": \d+)(\s+\}\s+\],)/, '$1, "urls": ["https://x.test/"]$2');
  expect(spoiled).not.toBe(text);
  const lock = parseLock(Buffer.from(spoiled), "it");
  const folder = await temporaryFolder();
  await fetch(lock, folder);
  const [layer] = listLockedBlobs(lock).filter(({ kind }) => kind === "layer");
  await rm(fileOf(folder, layer!.digest));
  expect(await verify(lock, folder)).toMatchObject([{ kind: "layer", problem: "missing" }]);
});

it("a registry that gives other bytes gets nothing in", async () => {
  const { app, push, server } = await seeded();
  const root = await image({ platform: AMD64 });
  await push("app:v1", root);
  const lock = await locked(`${app}:v1`);
  const { digest, size } = root.layers[0]!.descriptor;
  server.repository("app").blobs.set(digest, Buffer.alloc(size, "x"));
  const folder = await temporaryFolder();
  await expect(fetch(lock, folder)).rejects.toMatchObject({ code: "DIGEST" });
  expect(await readdir(folder, { recursive: true })).toEqual([]);
});
