/** A binary cache of Nix out of images: what it says, what it refuses; Nix itself is in test/e2e. */
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { createArtifact } from "../../src/artifact/mod.ts";
import { CLOSURE_TYPE } from "../../src/explain/mod.ts";
import { contentOf, readContent } from "../../src/image/content.ts";
import type { Content } from "../../src/image/content.ts";
import { formatHash } from "../../src/nix/formats/hash.ts";
import { hashNar, type NarNode, writeNar } from "../../src/nix/formats/nar.ts";
import {
  createMemoryStorage,
  createNarSigner,
  createNixCache,
  createNixCatalog,
  type MemoryRepository,
  type NarSigner,
} from "../../src/serve/mod.ts";
import { streamBytes } from "../../src/bytes/stream.ts";
import { image } from "../support/images.ts";
import { served } from "./setup.ts";

const [APP, LIB] = ["a", "b"].map((char) => `/nix/store/${char.repeat(32)}-${char}`) as [
  string,
  string,
];
const HASH = "a".repeat(32);

const fileOf = (text: string): NarNode => ({
  type: "regular",
  size: text.length,
  open: () => streamBytes(Buffer.from(text)),
});

/** The NAR of a folder with one file. */
const narOf = (name: string, text: string) =>
  writeNar({ type: "directory", entries: () => [[name, fileOf(text)]] }, "test");

async function put({ manifests, blobs, tags }: MemoryRepository, root: {
  readonly manifest: Content;
  readonly contents: readonly Content[];
}, tag?: string): Promise<void> {
  const { mediaType, digest } = root.manifest.descriptor;
  manifests.set(digest, { mediaType, bytes: await readContent(root.manifest, 1e6) });
  for (const one of root.contents) {
    blobs.set(one.descriptor.digest, await readContent(one, 1e6));
  }
  if (tag !== undefined) tags.set(tag, digest);
}

interface CacheSetup {
  readonly closure?: unknown;
  readonly signer?: NarSigner;
  readonly text?: string;
}

/** A cache of an image with two store paths, and the closure beside it. */
async function cacheOf({ closure, signer, text = "hello" }: CacheSetup = {}) {
  const storage = createMemoryStorage();
  const repository = storage.repository("app");
  const built = await image({
    layers: [{ [`${LIB.slice(1)}/lib`]: "code" }, { [`${APP.slice(1)}/bin`]: text }],
  });
  await put(
    repository,
    { manifest: built.manifest, contents: [built.config, ...built.layers] },
    "v1",
  );
  const sums = {
    app: await hashNar(narOf("bin", "hello")),
    lib: await hashNar(narOf("lib", "code")),
  };
  const entryOf = (path: string, { narHash, narSize }: typeof sums.app, references: string[]) => ({
    path,
    narHash: formatHash(narHash, "sri"),
    narSize,
    references,
  });
  const described = closure ?? [entryOf(APP, sums.app, [LIB, APP]), entryOf(LIB, sums.lib, [])];
  const subject = built.manifest.descriptor;
  const blobs = [contentOf(CLOSURE_TYPE, Buffer.from(JSON.stringify(described)))];
  const artifact = createArtifact({ type: CLOSURE_TYPE, blobs, subject });
  await put(repository, { manifest: artifact.manifest, contents: artifact.blobs });
  const notices: string[] = [];
  const find = createNixCatalog({
    find: storage.findRepository,
    list: () => Promise.resolve(["app"]),
    onNotice: ({ message }) => notices.push(message),
    stale: 0,
  });
  const around = createNixCache({ find, signer });
  const asked = await served(storage, { around });
  const get = (path: string) => fetch(`${asked.registry.url}${path}`);
  const about = async (hash = HASH) => await (await get(`/${hash}.narinfo`)).text();
  const narOfPage = async (page: string) => await get(`/${/^URL: (.*)$/m.exec(page)?.[1]}`);
  return { ...asked, get, about, narOfPage, sums, notices, repository, artifact };
}

describe("createNixCache", () => {
  it("says what it is, and what its paths are", async () => {
    const { get, about, sums } = await cacheOf();
    expect(await (await get("/nix-cache-info")).text())
      .toBe("StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n");
    const hash = formatHash(sums.app.narHash, "nix32");
    expect(await about()).toBe([
      `StorePath: ${APP}`,
      `URL: nar/${HASH}-${hash}.nar`,
      "Compression: none",
      `FileHash: sha256:${hash}`,
      `FileSize: ${sums.app.narSize}`,
      `NarHash: sha256:${hash}`,
      `NarSize: ${sums.app.narSize}`,
      `References: ${APP.slice(11)} ${LIB.slice(11)}`,
      "",
    ].join("\n"));
  });

  it("gives the NAR out of a layer", async () => {
    const { about, narOfPage, sums } = await cacheOf();
    const answer = await narOfPage(await about());
    expect(answer.headers.get("content-length")).toBe(`${sums.app.narSize}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(await hashNar(streamBytes(bytes))).toEqual(sums.app);
  });

  it("breaks off where the layer has other bytes than the closure says", async () => {
    const { about, narOfPage } = await cacheOf({ text: "HELLO" });
    const answer = await narOfPage(await about()).catch(() => undefined);
    if (answer?.status === 200) await expect(answer.arrayBuffer()).rejects.toThrow();
    else expect(answer?.status ?? 500).toBe(500);
  });

  it("signs with the key that it has", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const { d, x } = privateKey.export({ format: "jwk" });
    const secret = Buffer.concat([d!, x!].map((part) => Buffer.from(part, "base64url")));
    const signer = createNarSigner(`test-1:${secret.toString("base64")}\n`);
    expect(signer.publicKey).toBe(`test-1:${Buffer.from(x!, "base64url").toString("base64")}`);
    const { about, sums } = await cacheOf({ signer });
    const [, signature] = /^Sig: test-1:(.*)$/m.exec(await about())!;
    const { narHash, narSize } = sums.app;
    const signed = `1;${APP};sha256:${formatHash(narHash, "nix32")};${narSize};${APP},${LIB}`;
    const key = createPublicKey(privateKey);
    expect(verify(null, Buffer.from(signed), key, Buffer.from(signature!, "base64"))).toBe(true);
  });

  it.each([
    "",
    "name",
    "name:AAAA",
    `:${Buffer.alloc(64).toString("base64")}`,
    "a b:AAAA",
    `name:${Buffer.alloc(64, 1).toString("base64")}`,
  ])(
    "refuses %j for a key, and does not repeat it",
    (text) => {
      expect(() => createNarSigner(text)).toThrow("It is not a key that Nix signs with");
    },
  );

  it("says no more of a path than its closure can say", async () => {
    const narHash = `sha256-${Buffer.alloc(32).toString("base64")}`;
    const references = [LIB, APP, LIB];
    const deriver = `/nix/store/${HASH}-a.drv\nURL: other.nar`;
    const { about } = await cacheOf({
      closure: [{ path: APP, narSize: 1, narHash, references, deriver }],
    });
    const page = await about();
    expect(page).not.toContain("other.nar");
    // Signatures are of a set.
    expect(page).toContain(`References: ${APP.slice(11)} ${LIB.slice(11)}\n`);
  });

  it("forgets closures that are removed, and images that have lost their tags", async () => {
    const { get, repository, artifact } = await cacheOf();
    const status = async () => (await get(`/${HASH}.narinfo`)).status;
    expect(await status()).toBe(200);
    const { digest } = artifact.manifest.descriptor;
    const removed = repository.manifests.get(digest)!;
    repository.manifests.delete(digest);
    await vi.waitFor(async () => expect(await status()).toBe(404));
    repository.manifests.set(digest, removed);
    await vi.waitFor(async () => expect(await status()).toBe(200));
    repository.tags.clear();
    await vi.waitFor(async () => expect(await status()).toBe(404));
  });

  it("lets one bad closure hide no other image, and says so once", async () => {
    const { get, repository, notices } = await cacheOf();
    const other = await image({ layers: [{ file: "other" }] });
    await put(
      repository,
      { manifest: other.manifest, contents: [other.config, ...other.layers] },
      "v0",
    );
    const blobs = [contentOf(CLOSURE_TYPE, Buffer.from("hello"))];
    const subject = other.manifest.descriptor;
    const bad = createArtifact({ type: CLOSURE_TYPE, blobs, subject });
    await put(repository, { manifest: bad.manifest, contents: bad.blobs });
    const [v1, v0] = ["v1", "v0"].map((tag) => repository.tags.get(tag)!);
    repository.tags.clear();
    repository.tags.set("v0", v0!).set("v1", v1!); // the bad one first
    for (let times = 0; times < 3; times++) {
      expect((await get(`/${"c".repeat(32)}.narinfo`)).status).toBe(404);
    }
    expect((await get(`/${HASH}.narinfo`)).status).toBe(200);
    expect(notices).toEqual([expect.stringContaining("app:v0 is not in the Nix cache: ")]);
  });

  it("has nothing of what no closure says, or no image has", async () => {
    const { get, about } = await cacheOf();
    for (const path of [`/${"c".repeat(32)}.narinfo`, "/short.narinfo", `/nar/${HASH}.nar`]) {
      expect((await get(path)).status, path).toBe(404);
    }
    const [url] = /nar\/\S+/.exec(await about())!;
    const other = url.replace(/-\w/, (text) => text === "-0" ? "-1" : "-0");
    expect((await get(`/${other}`)).status).toBe(404);
    expect((await fetch((await get("/nix-cache-info")).url, { method: "PUT" })).status).toBe(405);
  });

  it.each([
    ["a reference that is two lines", [{
      path: APP,
      narSize: 1,
      references: [`${LIB}\nSig: x:y`],
    }]],
    ["a path of elsewhere", [{ path: "/etc/passwd", narSize: 1, references: [] }]],
    ["a hash that Nix has no NARs by", [{
      path: APP,
      narSize: 1,
      narHash: `sha512-${Buffer.alloc(64).toString("base64")}`,
      references: [],
    }]],
    ["no hash", [{ path: APP, narSize: 1, references: [] }]],
    ["another shape", { [APP]: 1 }],
    ["no JSON object", "hello"],
  ])("leaves out a closure with %s", async (_, closure) => {
    const { get } = await cacheOf({ closure });
    expect((await get(`/${HASH}.narinfo`)).status).toBe(404);
    expect((await get("/etc.narinfo")).status).toBe(404);
  });
});
