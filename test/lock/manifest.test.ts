import { expect, it } from "vitest";
import { readContent } from "../../src/image/content.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import {
  addToLock,
  checkLock,
  createRegistrySupply,
  EMPTY_LOCK,
  importManifest,
  readLockedManifest,
} from "../../src/lock/mod.ts";
import { artifact, image } from "../support/images.ts";
import { AMD64, multi, registry, seeded } from "./support/repository.ts";

const options = { registry, what: "manifest.json" };

it("gives a locked image's manifest, byte for byte", async () => {
  const { app, push } = await seeded();
  const { root, images } = await multi();
  await push("app:v1", root);
  const { lock } = await addToLock(EMPTY_LOCK, `${app}:v1`, { registry });
  const supply = createRegistrySupply(registry);
  try {
    const bytes = await readLockedManifest(lock, app, { platform: parsePlatform("arm64"), supply });
    expect(bytes).toEqual(await readContent(images[1]!.manifest, 1 << 20));
    const s390x = { platform: parsePlatform("linux/s390x"), supply };
    await expect(readLockedManifest(lock, app, s390x)).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `${app}:v1 is not locked for linux/s390x`,
      hint: "choose of what is locked with --platform: linux/amd64, linux/arm64",
    });
  } finally {
    await supply[Symbol.asyncDispose]();
  }
});

it.each<[string, (json: string) => string]>([
  ["as it is", (json) => json],
  ["with a newline behind it, as shells leave it", (json) => `${json}\n`],
  ["as jq shows it", (json) => JSON.stringify(JSON.parse(json), null, 2) + "\n"],
])("locks the image of a manifest %s", async (_, write) => {
  const { app, push, server } = await seeded();
  const { root, images } = await multi();
  await push("app:v1", root);
  const [amd64] = images;
  const text = write((await readContent(amd64!.manifest, 1 << 20)).toString());
  server.log.length = 0;
  const { lock, name } = await importManifest(
    EMPTY_LOCK,
    Buffer.from(text),
    `${app}:v1`,
    options,
  );
  expect(server.log.map(({ path }) => path)).not.toContain("/v2/app/manifests/v1");
  const { index, platforms } = lock.images[name]!;
  expect(index).toBeUndefined();
  expect(platforms["linux/amd64"]!.manifest).toEqual(amd64!.manifest.descriptor);
  // Its tag names an index, which still has it.
  expect(await checkLock(lock, [], registry)).toEqual({ moved: [], same: [name] });
});

it("knows what Docker wrote, with its indentation", async () => {
  const { app, push, server } = await seeded();
  const root = await image({ format: "docker", platform: AMD64 });
  await push("app:v1", root);
  const { digest } = root.manifest.descriptor;
  const repository = server.repository("app");
  const { bytes, mediaType } = repository.manifests.get(digest)!;
  const indented = Buffer.from(JSON.stringify(JSON.parse(bytes.toString()), null, 3));
  const { createHash } = await import("node:crypto");
  const other = `sha256:${createHash("sha256").update(indented).digest("hex")}`;
  repository.manifests.clear();
  repository.manifests.set(other, { bytes: indented, mediaType });
  const jq = Buffer.from(JSON.stringify(JSON.parse(bytes.toString()), null, 2) + "\n");
  const { image: locked } = await importManifest(EMPTY_LOCK, jq, `${app}:v1`, options);
  expect(locked.platforms["linux/amd64"]!.manifest.digest).toBe(other);
});

it.each<[string, () => Promise<string> | string, string, string]>([
  [
    "an index",
    async () => {
      const { root } = await multi();
      return (await readContent(root.manifest, 1 << 20)).toString();
    },
    "MALFORMED",
    "manifest.json is an index, not an image's manifest",
  ],
  ["something else", () => "{}", "MALFORMED", "manifest.json is malformed: "],
  ["no JSON", () => "<html>", "MALFORMED", "manifest.json is not valid JSON"],
  [
    "an unknown image's",
    async () => {
      return (await readContent((await image()).manifest, 1 << 20)).toString();
    },
    "NOT_FOUND",
    "has no such manifest as manifest.json",
  ],
  [
    "an artifact's",
    async () => {
      return (await readContent(artifact().manifest, 1 << 20)).toString();
    },
    "UNSUPPORTED",
    "it is an artifact, not an image",
  ],
])("refuses %s", async (_, text, code, message) => {
  const { app, push } = await seeded();
  await push("app:v1", artifact());
  const bytes = Buffer.from(await text());
  await expect(importManifest(EMPTY_LOCK, bytes, `${app}:v1`, options)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});
