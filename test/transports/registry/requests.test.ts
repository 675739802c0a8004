/** How many requests each piece of work takes: nothing is asked that is known. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSink, openSource } from "../../../transports/mod.ts";
import { headDigest, listTags } from "../../../transports/registry/mod.ts";
import { copy, type CopyOptions } from "../../../src/copy/copy.ts";
import { ALWAYS_ASKED } from "../../../transports/registry/write/blob-finder.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { image, sourceOf } from "../../support/images.ts";
import { type RegistryServer, startRegistry } from "../../support/registry-server.ts";

const LAYERS = 3;

/** Counts what a registry is asked while something is done. */
async function countRequests(
  registry: RegistryServer,
  work: () => Promise<unknown>,
): Promise<Readonly<Record<string, number>>> {
  registry.log.splice(0);
  await work();
  const counts: Record<string, number> = {};
  for (const { method, path } of registry.log) {
    const what = /\/(blobs\/uploads|blobs|manifests|tags)\//.exec(path)?.[1] ?? path;
    const key = `${method} ${what}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

async function copyPlaces(from: string, to: string): Promise<void> {
  const source = await openSource(from);
  const sink = await openSink(to);
  try {
    await copy(source, sink);
  } finally {
    await sink[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  }
}

/** A registry with an image of three layers, `app:v1`, and a layout that has it, too. */
async function setUp() {
  const registry = await startRegistry();
  const put = await image({ layers: [{ a: "1" }, { b: "2" }, { c: "3" }] });
  expect(put.layers.length).toBe(LAYERS);
  const folder = await temporaryFolder();
  const layout = `oci-dir:${join(folder, "layout")}:v1`;
  const name = `registry:${registry.host}/app:v1`;
  for (const place of [layout, name]) {
    const sink = await openSink(place);
    await copy(sourceOf({ it: put }), sink);
    await sink[Symbol.asyncDispose]();
  }
  return { registry, folder, layout, name };
}

describe("the requests of", () => {
  it("a pull, and of another where all is there", async () => {
    const { registry, folder, name } = await setUp();
    const to = `oci-dir:${join(folder, "pulled")}:v1`;
    const pull = () => countRequests(registry, () => copyPlaces(name, to));
    expect(await pull()).toEqual({ "GET manifests": 1, "GET blobs": LAYERS + 1 });
    // the config says which layers there are, and a layout has no index by its tags
    expect(await pull()).toEqual({ "GET manifests": 1, "GET blobs": 1 });
  });

  it("a push, another under the same tag, and one under a new tag", async () => {
    const { registry, layout } = await setUp();
    const push = (to: string) =>
      countRequests(registry, () => copyPlaces(layout, `registry:${registry.host}/${to}`));
    const blobs = LAYERS + 1;
    expect(await push("new:v1")).toEqual({
      "HEAD manifests": 2,
      "HEAD blobs": blobs,
      "POST blobs/uploads": blobs,
      "PUT blobs/uploads": blobs,
      "PUT manifests": 1,
    });
    expect(await push("new:v1")).toEqual({ "HEAD manifests": 1 });
    expect(await push("new:v2")).toEqual({ "HEAD manifests": 2, "PUT manifests": 1 });
  });

  describe("a push of many layers", () => {
    const MANY = 40;
    async function setUpMany() {
      const registry = await startRegistry();
      const layers = Array.from({ length: MANY }, (_, i) => ({ [`file${i}`]: `${i}` }));
      const source = sourceOf({ it: await image({ layers }) });
      const push = (options: CopyOptions = {}) =>
        countRequests(registry, async () => {
          const sink = await openSink(`registry:${registry.host}/many:v1`);
          await copy(source, sink, options).finally(() => sink[Symbol.asyncDispose]());
        });
      return { registry, source, push };
    }

    it("asks for the first of them where there is no such repository", async () => {
      const { push } = await setUpMany();
      expect(await push()).toMatchObject({
        "GET tags": 1,
        "HEAD blobs": ALWAYS_ASKED,
        "PUT blobs/uploads": MANY + 1,
      });
    });

    it("asks for those that came with the image before", async () => {
      const { registry, source } = await setUpMany();
      const sink = await openSink(`registry:${registry.host}/many`);
      await copy(source, sink, { references: ["v1"] });
      const again = await countRequests(registry, async () => {
        registry.repository("many").manifests.clear();
        registry.repository("many").tags.clear();
        await copy(source, sink, { references: ["v2"] });
      });
      await sink[Symbol.asyncDispose]();
      expect(again).toMatchObject({ "HEAD blobs": MANY + 1 });
      expect(again).not.toHaveProperty("PUT blobs/uploads");
    });

    it("sends nothing again that came before it was broken off", async () => {
      const { push } = await setUpMany();
      const breakOff = new AbortController();
      let moved = 0;
      const onEvent: CopyOptions["onEvent"] = ({ type }) => {
        if (type === "done" && ++moved === ALWAYS_ASKED + 6) breakOff.abort();
      };
      await expect(push({ signal: breakOff.signal, onEvent })).rejects.toThrow();
      const { "HEAD blobs": asked, "PUT blobs/uploads": sent = 0 } = await push();
      expect(asked).toBe(MANY + 1);
      expect(sent).toBeLessThanOrEqual(MANY + 1 - moved);
    });
  });

  it("a copy within a registry, which mounts", async () => {
    const { registry, name } = await setUp();
    const counts = await countRequests(
      registry,
      () => copyPlaces(name, `registry:${registry.host}/other:v1`),
    );
    const blobs = LAYERS + 1;
    expect(counts).toEqual({
      "GET manifests": 1,
      "GET blobs": 1,
      "HEAD manifests": 2,
      "POST blobs/uploads": blobs,
      "PUT manifests": 1,
    });
  });

  it("a digest, and of tags", async () => {
    const { registry, name } = await setUp();
    expect(await countRequests(registry, () => headDigest(name.replace("registry:", "")))).toEqual({
      "HEAD manifests": 1,
    });
    const repository = name.replace(/^registry:|:v1$/g, "");
    expect(await countRequests(registry, () => listTags(repository)))
      .toEqual({ "GET tags": 1 });
  });
});

it("a place that is asked by wire tells how long it takes to answer, once it has", async () => {
  const { name, layout } = await setUp();
  const [near, far] = [await openSource(layout), await openSource(name)];
  const to = await openSink(name);
  expect([near.roundTrip?.(), far.roundTrip?.(), to.roundTrip?.()]).toEqual([
    undefined,
    0,
    undefined,
  ]);
  await copy(far, to, { dryRun: true });
  expect(far.roundTrip?.()).toBeGreaterThan(0);
  expect(to.roundTrip?.()).toBeGreaterThan(0);
  for (const place of [near, far, to]) await place[Symbol.asyncDispose]();
});
