import { expect, it } from "vitest";
import { parsePlatform } from "../../src/image/platform.ts";
import { addToLock, checkLock, EMPTY_LOCK, updateLock } from "../../src/lock/mod.ts";
import { image, index } from "../support/images.ts";
import { AMD64, ARM64, multi, registry, seeded } from "./support/repository.ts";

/** A lock of `app:v1`, at what `multi` makes. */
async function locked() {
  const repository = await seeded();
  const before = await multi();
  await repository.push("app:v1", before.root);
  const { lock } = await addToLock(EMPTY_LOCK, `${repository.app}:v1`, { registry });
  return { ...repository, before, lock, name: `${repository.app}:v1` };
}

it("nothing has moved: each tag is asked for its digest, and nothing is read", async () => {
  const { lock, name, server } = await locked();
  server.log.length = 0;
  expect(await checkLock(lock, [], registry)).toEqual({ moved: [], same: [name] });
  expect(await updateLock(lock, [], registry)).toEqual({ lock, moved: [], same: [name] });
  const asked = server.log.filter(({ path }) => path !== "/v2/");
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "HEAD /v2/app/manifests/v1",
    "HEAD /v2/app/manifests/v1",
  ]);
});

it("says what has moved, from which digest to which", async () => {
  const { lock, name, app, push, before } = await locked();
  const amd64 = await image({ platform: AMD64 });
  const [, arm64] = before.images; // stays
  const after = index([amd64, arm64!], [AMD64, ARM64]);
  await push("app:v1", after);
  const move = {
    name,
    repository: app,
    tag: "v1",
    from: before.digest,
    to: after.manifest.descriptor.digest,
  };
  expect(await checkLock(lock, [app], registry)).toEqual({ moved: [move], same: [] });
  const updated = await updateLock(lock, [], registry);
  expect(updated.moved).toEqual([{
    ...move,
    platforms: {
      "linux/amd64": {
        from: before.images[0]!.manifest.descriptor.digest,
        to: amd64.manifest.descriptor.digest,
      },
    },
  }]);
  expect(updated.lock.images[name]!.index!.digest).toBe(move.to);
  expect(await checkLock(updated.lock, [], registry)).toEqual({ moved: [], same: [name] });
});

it("keeps the locked platforms, and fails where one is gone", async () => {
  const { lock, name, push } = await locked();
  await push("app:v1", (await multi([ARM64, AMD64], "all")).root);
  const { lock: updated } = await updateLock(lock, [], registry);
  expect(Object.keys(updated.images[name]!.platforms).sort()).toEqual([
    "linux/amd64",
    "linux/arm64",
  ]);
  await push("app:v1", (await multi([AMD64], "less")).root);
  await expect(updateLock(lock, [], registry)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringMatching(
      new RegExp(`^Cannot update ${name}: the index sha256:\\w+ has no image for linux/arm64$`),
    ),
    hint: "remove it from the lock and add it again: it has linux/amd64; choose with --platform",
  });
});

it("updates only what is named", async () => {
  const { lock: first, app, push } = await locked();
  await push("app:v2", (await multi(undefined, "two")).root);
  const { lock } = await addToLock(first, `${app}:v2`, { registry });
  for (const tag of ["v1", "v2"]) await push(`app:${tag}`, (await multi(undefined, "new")).root);
  const { moved } = await updateLock(lock, [`${app}:v2`], registry);
  expect(moved.map(({ name }) => name)).toEqual([`${app}:v2`]);
  expect((await updateLock(lock, [app], registry)).moved).toHaveLength(2);
  await expect(updateLock(lock, [`${app}:v3`], registry)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: `${app}:v3 is not locked`,
  });
});

it("a header that lies moves nothing", async () => {
  const { lock, name, server } = await locked();
  const lie = `sha256:${"0".repeat(64)}`;
  server.onRequest = ({ method }) =>
    method === "HEAD"
      ? {
        answer: {
          status: 200,
          headers: {
            "docker-content-digest": lie,
            "content-type": "application/vnd.oci.image.index.v1+json",
            "content-length": "99",
          },
        },
      }
      : undefined;
  expect(await checkLock(lock, [], registry)).toEqual({ moved: [], same: [name] });
});

it("a tag that alternates is asked once for what is pinned", async () => {
  const { lock, name, push, server } = await locked();
  const one = await multi(undefined, "one");
  const two = await multi(undefined, "two");
  await push("app:one", one.root);
  await push("app:two", two.root);
  let asked = 0;
  // Each time that the tag is asked, it is another image's.
  const tag = server.repository("app").tags;
  server.onRequest = ({ path }) => {
    if (path.endsWith("/manifests/v1")) tag.set("v1", (asked++ % 2 === 0 ? one : two).digest);
    return undefined;
  };
  const { lock: updated, moved } = await updateLock(lock, [], registry);
  const { index: pin, platforms } = updated.images[name]!;
  const chosen = [one, two].find(({ digest }) => digest === pin!.digest)!;
  expect(moved[0]!.to).toBe(chosen.digest);
  expect(platforms["linux/amd64"]!.manifest.digest)
    .toBe(chosen.images[0]!.manifest.descriptor.digest);
});

it("an image becomes an index when its tag does", async () => {
  const { app, push } = await seeded();
  const single = await image({ platform: AMD64 });
  await push("app:v1", single);
  const { lock } = await addToLock(EMPTY_LOCK, `${app}:v1`, { registry });
  const { root, digest, images } = await multi();
  await push("app:v1", root);
  const { lock: updated, moved } = await updateLock(lock, [], registry);
  expect(moved[0]).toMatchObject({ from: single.manifest.descriptor.digest, to: digest });
  expect(updated.images[`${app}:v1`]).toMatchObject({
    index: { digest },
    platforms: { "linux/amd64": { manifest: { digest: images[0]!.manifest.descriptor.digest } } },
  });
  const more = { registry, platforms: [parsePlatform("arm64")] };
  const { image: both } = await addToLock(updated, `${app}:v1`, more);
  expect(Object.keys(both.platforms)).toHaveLength(2);
});
