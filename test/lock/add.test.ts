import { expect, it } from "vitest";
import { pinRoot } from "../../src/lock/pin.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import { addToLock, EMPTY_LOCK, removeFromLock } from "../../src/lock/mod.ts";
import { artifact, image, index } from "../support/images.ts";
import { AMD64, ARM64, multi, registry, seeded } from "./support/repository.ts";

const digestOf = (root: { manifest: { descriptor: { digest: string } } }) =>
  root.manifest.descriptor.digest;

it("pins the index, and of it the usual platforms", async () => {
  const { app, push } = await seeded();
  const { root, images } = await multi();
  await push("app:v1", root);
  const { name, image: locked, isNew, lock } = await addToLock(EMPTY_LOCK, `${app}:v1`, {
    registry,
  });
  expect([name, isNew]).toEqual([`${app}:v1`, true]);
  expect(lock.images[name]).toBe(locked);
  const { mediaType, digest, size } = root.manifest.descriptor;
  expect(locked).toMatchObject({ repository: app, tag: "v1", index: { mediaType, digest, size } });
  expect(Object.keys(locked.platforms).sort()).toEqual(["linux/amd64", "linux/arm64"]);
  const { manifest, config, layers } = images[1]!;
  expect(locked.platforms["linux/arm64"]).toEqual({
    manifest: manifest.descriptor,
    config: config.descriptor,
    layers: layers.map((layer) => layer.descriptor),
  });
});

it("takes the platforms that are asked for, or all; attestations are for none", async () => {
  const { app, push } = await seeded();
  await push("app:v1", (await multi()).root);
  const add = async (platforms: Parameters<typeof addToLock>[2]["platforms"]) => {
    const options = { registry, ...(platforms && { platforms }) };
    const { image } = await addToLock(EMPTY_LOCK, `${app}:v1`, options);
    return Object.keys(image.platforms).sort();
  };
  expect(await add([parsePlatform("linux/arm/v7"), parsePlatform("amd64")])).toEqual([
    "linux/amd64",
    "linux/arm/v7",
  ]);
  expect(await add("all")).toEqual(["linux/amd64", "linux/arm/v7", "linux/arm64"]);
  await expect(add([parsePlatform("linux/s390x")])).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("has no image for linux/s390x"),
    hint: "it has linux/amd64, linux/arm64, linux/arm/v7; choose with --platform",
  });
});

it("writes no platform into the lock that could not be read there again", async () => {
  const { app, push } = await seeded();
  const odd = [{ os: "a/b", architecture: "../c" }, { os: "my os", architecture: "\u001b[31m" }];
  for (const [i, platform] of odd.entries()) {
    await push(`app:v${i}`, (await multi([AMD64, platform])).root);
    const all = { registry, platforms: "all" as const };
    await expect(addToLock(EMPTY_LOCK, `${app}:v${i}`, all)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("is not a platform that has a name"),
    });
    const { image: locked } = await addToLock(EMPTY_LOCK, `${app}:v${i}`, { registry });
    expect(Object.keys(locked.platforms)).toEqual(["linux/amd64"]);
    await push(`app:alone${i}`, await image({ platform }));
    await expect(addToLock(EMPTY_LOCK, `${app}:alone${i}`, { registry })).rejects.toMatchObject({
      code: "UNSUPPORTED",
    });
  }
});

it("says where tags are listed when there is none of that name", async () => {
  const { app, push } = await seeded();
  await push("app:v1", (await multi()).root);
  await expect(addToLock(EMPTY_LOCK, app, { registry })).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: `nixoci tags ${app} lists the tags that there are`,
  });
});

it("says of an index without images that it has none", async () => {
  const { app, push } = await seeded();
  await push("app:v1", index([artifact("x")], [{ os: "unknown", architecture: "unknown" }]));
  await expect(addToLock(EMPTY_LOCK, `${app}:v1`, { registry })).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("has no images"),
  });
});

it("does not take another architecture's image, though containerd would run it", async () => {
  const { app, push } = await seeded();
  const arm = { os: "linux", architecture: "arm", variant: "v7" };
  await push("app:v1", (await multi([arm])).root);
  const wanted = { registry, platforms: [parsePlatform("linux/arm64")] };
  await expect(addToLock(EMPTY_LOCK, `${app}:v1`, wanted)).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("linux/arm/v7"),
  });
  await expect(addToLock(EMPTY_LOCK, `${app}:v1`, { registry })).rejects.toMatchObject({
    hint: expect.stringContaining("linux/arm/v7"),
  });
});

it("asks configs what entries do not say", async () => {
  const { app, push } = await seeded();
  const images = [await image({ platform: AMD64 }), await image({ platform: ARM64 })];
  await push("app:v1", index(images));
  const { image: locked } = await addToLock(EMPTY_LOCK, `${app}:v1`, { registry });
  expect(Object.keys(locked.platforms).sort()).toEqual(["linux/amd64", "linux/arm64"]);
});

it("calls Windows' builds by what stays the same from month to month", async () => {
  const windows = (version: string) => ({
    os: "windows",
    architecture: "amd64",
    "os.version": version,
  });
  const platforms = [windows("10.0.17763.6293"), windows("10.0.20348.2700")];
  const { root } = await multi(platforms);
  const locked = await pinRoot(root, { repository: "h.test/a", tag: "1" }, "all");
  expect(Object.keys(locked.platforms)).toEqual([
    "windows(10.0.17763)/amd64",
    "windows(10.0.20348)/amd64",
  ]);
  const next = await multi([windows("10.0.20348.2762"), windows("10.0.17763.6414")]);
  const wanted = Object.keys(locked.platforms).map(parsePlatform);
  const after = await pinRoot(next.root, locked, wanted);
  expect(after.platforms["windows(10.0.20348)/amd64"]!.manifest.digest)
    .toBe(digestOf(next.images[0]!));
});

it("locks an image that is in no index, for its platform only", async () => {
  const { app, push } = await seeded();
  const root = await image({ platform: ARM64 });
  await push("app:latest", root);
  const { image: locked, name } = await addToLock(EMPTY_LOCK, app, { registry });
  expect(name).toBe(`${app}:latest`);
  expect(locked.index).toBeUndefined();
  expect(Object.keys(locked.platforms)).toEqual(["linux/arm64"]);
  const other = { registry, platforms: [parsePlatform("linux/amd64")] };
  await expect(addToLock(EMPTY_LOCK, app, other)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("is an image for linux/arm64 alone, not for linux/amd64"),
  });
});

it("refuses artifacts, and what there is not", async () => {
  const { app, push } = await seeded();
  await push("app:sig", artifact());
  await expect(addToLock(EMPTY_LOCK, `${app}:sig`, { registry })).rejects.toMatchObject({
    code: "UNSUPPORTED",
    message: `Cannot lock ${app}:sig: it is an artifact, not an image`,
  });
  await expect(addToLock(EMPTY_LOCK, `${app}:none`, { registry })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
});

it("leaves what is locked at its digest, and never asks its tag", async () => {
  const { app, push, server } = await seeded();
  const { root, digest } = await multi();
  await push("app:v1", root);
  const { lock } = await addToLock(EMPTY_LOCK, `${app}:v1`, { registry });
  await push("app:v1", (await multi(undefined, "moved")).root);
  server.log.length = 0;

  const again = await addToLock(lock, `${app}:v1`, { registry });
  expect(again).toMatchObject({ lock, isNew: false });
  expect(server.log).toEqual([]);

  const more = { registry, platforms: [parsePlatform("linux/arm/v7")] };
  const added = await addToLock(lock, `${app}:v1`, more);
  expect(added.isNew).toBe(true);
  expect(added.image.index!.digest).toBe(digest);
  expect(Object.keys(added.image.platforms).sort()).toEqual([
    "linux/amd64",
    "linux/arm/v7",
    "linux/arm64",
  ]);
  expect(server.log.map(({ path }) => path)).not.toContain("/v2/app/manifests/v1");
});

it("pins the digest that is given with a tag, and does not ask the tag", async () => {
  const { app, push, server } = await seeded();
  const { root, digest } = await multi();
  await push("app:v1", root);
  await push("app:v1", (await multi(undefined, "moved")).root);
  server.log.length = 0;
  const { image: locked } = await addToLock(EMPTY_LOCK, `${app}:v1@${digest}`, { registry });
  expect(locked).toMatchObject({ tag: "v1", index: { digest } });
  expect(server.log.map(({ path }) => path)).not.toContain("/v2/app/manifests/v1");
  await expect(addToLock(EMPTY_LOCK, `${app}@${digest}`, { registry })).rejects.toMatchObject({
    code: "USAGE",
    hint: `write ${app}:TAG@${digest}`,
  });
});

it("removes by name, all tags where none is said, and knows near names", async () => {
  const { app, push } = await seeded();
  const root = await image();
  let lock = EMPTY_LOCK;
  for (const tag of ["v1", "v2"]) {
    await push(`app:${tag}`, root);
    lock = (await addToLock(lock, `${app}:${tag}`, { registry })).lock;
  }
  expect(removeFromLock(lock, [`${app}:v1`]).removed).toEqual([`${app}:v1`]);
  const { lock: empty, removed } = removeFromLock(lock, [app]);
  expect(removed).toEqual([`${app}:v1`, `${app}:v2`]);
  expect(empty.images).toEqual({});
  expect(() => removeFromLock(lock, ["app"])).toThrow(
    expect.objectContaining({
      code: "NOT_FOUND",
      message: "app is not locked",
      hint: `did you mean ${app}:v1, ${app}:v2?`,
    }),
  );
  expect(() => removeFromLock(lock, ["zzz"])).toThrow(
    expect.objectContaining({ hint: "see what is with nixoci lock list" }),
  );
});
