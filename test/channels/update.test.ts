/** The updater against feeds and registries that fail: a hundred hours, then one without a failure. */
import { describe, expect, it } from "vitest";
import { NixociError } from "../../src/base/errors.ts";
import type { Channel } from "../../src/channels/update/config.ts";
import type { FoundImage, UpdatePlaces } from "../../src/channels/update/places.ts";
import { updateChannel } from "../../src/channels/update/update.ts";
import { random as createRandom } from "../tar/support/random.ts";

const CHANNEL: Channel = {
  name: "nixos-unstable",
  feed: { url: "http://feed" },
  image: "registry:here/nixpkgs",
  count: 4,
  nixpkgs: "n",
  spec: "s",
  latest: "latest",
};

const commitOf = (hour: number) => hour.toString(16).padStart(40, "0");

/** A registry and a feed in memory; `fail` is asked before each act. */
function createWorld() {
  const images = new Map<string, FoundImage & { readonly built: number }>();
  const world = {
    images,
    history: [commitOf(0)],
    hash: "one",
    size: 100,
    builds: 0,
    fail: (_act: string): void => {},
  };
  const places: UpdatePlaces = {
    async listCommits() {
      world.fail("feed");
      return world.history.toReversed();
    },
    async findImage(_channel, tag) {
      world.fail("find");
      return images.get(tag);
    },
    async hasImage(_channel, tag) {
      world.fail("find");
      return images.has(tag);
    },
    computeHash: async () => world.hash,
    async makeImage(_channel, commit, serial) {
      world.fail("make");
      const built = ++world.builds;
      const image = { nixHash: world.hash, commit, size: world.size, serial, built };
      return {
        size: world.size,
        async test() {
          world.fail("test");
          return undefined;
        },
        async push(tag) {
          world.fail("push");
          images.set(tag, image);
        },
        async [Symbol.asyncDispose]() {},
      };
    },
  };
  return { world, run: (options = {}) => updateChannel(CHANNEL, places, options) };
}

describe("an update", () => {
  it("fills holes, rebuilds the newest alone where its SPEC has changed, and then rests", async () => {
    const { world, run } = createWorld();
    world.history = [0, 1, 2, 3, 4, 5].map(commitOf);
    expect((await run()).commits.map(({ status }) => status)).toEqual(Array(4).fill("built"));
    world.images.delete(commitOf(3));
    world.hash = "two";
    expect(await run({ dryRun: true })).toMatchObject({
      status: "would update",
      commits: [{ status: "would rebuild" }, { status: "kept" }, { status: "would build" }, {}],
    });
    expect(await run()).toMatchObject({
      status: "updated",
      commits: [{ status: "rebuilt" }, { status: "kept" }, { status: "built" }, { status: "kept" }],
    });
    expect(world.images.get("latest")).toMatchObject({ commit: commitOf(5), nixHash: "two" });
    const { builds } = world;
    expect((await run()).status).toBe("current");
    expect(world.builds).toBe(builds);
  });

  it("names a failure of a place by its code, and one of a commit at the commit", async () => {
    const { world, run } = createWorld();
    for (const code of ["AUTH", "NETWORK", "REFUSED"] as const) {
      world.fail = (act) => {
        if (act === "find") throw new NixociError(code, "the registry says no");
      };
      expect(await run()).toMatchObject({ status: "failed", code, commits: [] });
    }
    world.fail = (act) => {
      if (act === "test") throw new NixociError("FAILED", "it does not work");
    };
    expect(await run()).toMatchObject({
      status: "failed",
      commits: [{ status: "failed", reason: "it does not work" }],
    });
    expect(world.images.size).toBe(0);
  });

  it("pushes nothing that has grown by more than a tenth", async () => {
    const { world, run } = createWorld();
    await run();
    world.history.push(commitOf(1));
    world.size = 111;
    expect((await run()).commits[0]).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("111 percent"),
    });
    world.size = 110;
    expect((await run()).status).toBe("updated");
  });

  it("goes on where a feed has come back from a commit that had no image", async () => {
    const { world, run } = createWorld();
    world.history = [commitOf(2)];
    await run();
    world.history = [commitOf(1)];
    await run();
    expect(world.images.get("latest")).toMatchObject({ commit: commitOf(1) });
    world.history = [commitOf(1), commitOf(2)];
    expect((await run()).status).toBe("updated");
    expect(world.images.get("latest")).toMatchObject({ commit: commitOf(2) });
    expect((await run()).status).toBe("current");
  });

  it("refuses a feed that has gone back to a commit without an image, unless asked", async () => {
    const { world, run } = createWorld();
    const lists = [[1], [3, 1], [2, 1]].map((numbers) => numbers.map(commitOf));
    for (const [i, history] of lists.entries()) {
      world.history = history.toReversed();
      const { status } = await run();
      expect(status).toBe(i === 2 ? "failed" : "updated");
    }
    expect(world.images.get("latest")).toMatchObject({ commit: commitOf(3) });
    expect((await run({ allowOlder: true })).status).toBe("updated");
    expect(world.images.get("latest")).toMatchObject({ commit: commitOf(2) });
  });

  it("believes a feed none of whose commits has an image: it may have gone far ahead", async () => {
    const { world, run } = createWorld();
    for (const history of [[1], [4, 3]]) {
      world.history = history.map(commitOf).toReversed();
      expect((await run()).status).toBe("updated");
    }
  });

  it("refuses a feed that has gone back, unless asked", async () => {
    const { world, run } = createWorld();
    world.history = [commitOf(1)];
    await run();
    world.history = [commitOf(2)];
    await run();
    world.history = [commitOf(1)];
    expect(await run()).toMatchObject({
      status: "failed",
      code: "REFUSED",
      reason: expect.stringContaining("has gone back"),
    });
    expect(world.images.get("latest")?.commit).toBe(commitOf(2));
    expect((await run({ allowOlder: true })).status).toBe("updated");
    expect(world.images.get("latest")?.commit).toBe(commitOf(1));
  });

  it("goes on where a run was lost between the commit's tag and the newest one's", async () => {
    const { world, run } = createWorld();
    world.history = [commitOf(1)];
    await run();
    world.history = [commitOf(2)];
    let pushes = 0;
    world.fail = (act) => {
      if (act === "push" && ++pushes === 2) throw new NixociError("NETWORK", "lost");
    };
    expect(await run()).toMatchObject({ status: "failed", code: "NETWORK" });
    expect(world.images.has(commitOf(2))).toBe(true);
    world.fail = () => {};
    expect((await run()).status).toBe("updated");
    expect(world.images.get("latest")?.commit).toBe(commitOf(2));
  });

  it.each([1, 2, 3])("is whole after a hundred hours of failures (seed %d)", async (seed) => {
    const { world, run } = createWorld();
    const random = createRandom(seed);
    for (let hour = 1; hour <= 100; hour++) {
      if (random.chance(1 / 2)) world.history.push(commitOf(hour));
      if (random.chance(1 / 20)) world.hash = `hash ${hour}`;
      world.fail = (act) => {
        if (!random.chance(1 / 12)) return;
        throw new NixociError(random.pick(["AUTH", "NETWORK", "FAILED"]), `${act} fails`);
      };
      const before = new Map(world.images);
      const { commits } = await run();
      const newest = world.history.at(-1)!;
      for (const [tag, image] of before) {
        if (tag !== newest && tag !== "latest") expect(world.images.get(tag)).toBe(image);
      }
      for (const { commit, status } of commits) {
        if (status !== "failed") expect(world.images.has(commit)).toBe(true);
      }
    }
    world.fail = () => {};
    await run();
    for (const commit of world.history.slice(-4)) expect(world.images.has(commit)).toBe(true);
    expect(world.images.get("latest")).toMatchObject({
      commit: world.history.at(-1),
      nixHash: world.hash,
    });
    expect((await run()).status).toBe("current");
  });
});
