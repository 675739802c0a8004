/** What is begun before it is known that all of it is needed: layers, connections, a request on a guess. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { copy, type CopyOptions } from "../../../src/copy/copy.ts";
import { parsePlatform } from "../../../src/image/platform.ts";
import type { Digest } from "../../../src/bytes/digest.ts";
import type { Root } from "../../../src/image/root.ts";
import { platform } from "../../../src/steps/platform.ts";
import { strip } from "../../../src/steps/strip.ts";
import { openSink, openSource } from "../../../transports/mod.ts";
import { headDigest } from "../../../transports/registry/mod.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { image, index, sourceOf } from "../../support/images.ts";
import { SERVER } from "../../support/registry/certificates.ts";
import { startRegistry } from "../../support/registry-server.ts";
import { openSource as openIn, seedImage, testWorld, tlsRegistry } from "./setup.ts";

const HERE = { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" };
const FILES = [{ a: "1" }, { b: "2" }, { c: "3" }];

/** A registry with a root, and copies of it to layouts; what was asked for of it. */
async function setUp(root: Root) {
  const registry = await startRegistry();
  const name = `registry:${registry.host}/app:v1`;
  const sink = await openSink(name);
  await copy(sourceOf({ it: root }), sink, { all: true }).finally(() =>
    sink[Symbol.asyncDispose]()
  );
  registry.log.splice(0);
  const layout = join(await temporaryFolder(), "layout");
  const pull = async (options: CopyOptions = {}) => {
    const from = await openSource(name);
    const to = await openSink(`oci-dir:${layout}:v1`);
    try {
      return await copy(from, to, options);
    } finally {
      await to[Symbol.asyncDispose]();
      await from[Symbol.asyncDispose]();
    }
  };
  const isAsked = (digest: Digest) => registry.log.some(({ path }) => path.endsWith(digest));
  return { registry, pull, isAsked, layout };
}

describe("layers are asked for while the config is on its way", () => {
  it.each([["alone", false], ["in an index", true]])("of an image %s", async (_, isInIndex) => {
    const one = await image({ layers: FILES, platform: HERE });
    const { registry, pull } = await setUp(isInIndex ? index([one], [HERE]) : one);
    const layersCome = Promise.withResolvers<undefined>();
    const asked = new Set<string>();
    registry.onRequest = async ({ path }) => {
      const digest = path.replace(/.*\//, "");
      if (one.layers.some(({ descriptor }) => descriptor.digest === digest)) asked.add(digest);
      if (asked.size === FILES.length) layersCome.resolve(undefined);
      return digest === one.config.descriptor.digest ? await layersCome.promise : undefined;
    };
    const kinds: string[] = [];
    const onEvent: CopyOptions["onEvent"] = (event) => {
      if (event.type === "done") kinds.push(event.kind);
    };
    const { blobs } = await pull({ steps: [platform()], onEvent });
    expect(blobs).toEqual({ moved: FILES.length + 1, exists: 0, mounted: 0 });
    expect(kinds.sort()).toEqual(["config", "layer", "layer", "layer"]);
    expect(registry.log).toHaveLength(FILES.length + 2 + (isInIndex ? 1 : 0));
  });

  it("and taken back when the config is refused", async () => {
    const one = await image({ layers: FILES });
    const { registry, pull, isAsked, layout } = await setUp(one);
    registry.onRequest = async ({ path }) => {
      if (!path.endsWith(one.config.descriptor.digest)) return undefined;
      await setTimeout(100); // the layers come meanwhile
      return { answer: { status: 404 } };
    };
    await expect(pull()).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(isAsked(one.layers[0]!.descriptor.digest)).toBe(true);
    await expect(readdir(layout)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it.each([
    ["is refused for its config", [platform([parsePlatform("linux/s390x")])]],
    ["is changed", [strip(["a"])]],
    ["is changed after it was selected", [platform(), strip(["a"])]],
  ])("but not of one that %s", async (_, steps) => {
    const one = await image({ layers: FILES, platform: HERE });
    const isSelected = steps.length > 1;
    const { registry, pull, isAsked } = await setUp(isSelected ? index([one], [HERE]) : one);
    let isEarly: boolean | undefined;
    registry.onRequest = async ({ path }) => {
      if (!path.endsWith(one.config.descriptor.digest)) return undefined;
      await setTimeout(50); // long enough for what would be begun beside it
      isEarly ??= isAsked(one.layers[0]!.descriptor.digest);
      return undefined;
    };
    await pull({ steps }).catch(() => {});
    expect(isEarly).toBe(false);
  });
});

describe("one thing at a time", () => {
  it("comes over one connection: a server may have no other, and the config comes first", async () => {
    const one = await image({ layers: FILES });
    const { registry, pull } = await setUp(one);
    const before = registry.connections;
    await pull({ jobs: 1 });
    expect(registry.connections - before).toBe(1 + 1); // one finds out what is spoken
    const asked = registry.log.map(({ path }) => path.replace(/.*\//, ""));
    const blobs = [one.config, ...one.layers].map(({ descriptor }) => descriptor.digest);
    expect(asked).toEqual(["v1", ...blobs]);
  });
});

describe("connections", () => {
  it("for the layers are made with the first request, six at most", async () => {
    const one = await image({ layers: FILES });
    const { registry, pull } = await setUp(one);
    const before = registry.connections;
    await pull();
    // One finds out what is spoken.
    expect(registry.connections - before).toBeLessThanOrEqual(1 + 1 + 6);
  });

  it("are made over TLS where that is spoken: the guess makes one that is not", async () => {
    const secure = await startRegistry({ tls: SERVER });
    await seedImage(secure, "app", "v1", await image({ layers: FILES }));
    const before = secure.connections;
    const how = { registry: { tlsVerify: false } };
    const from = await openIn(`${secure.host}/app:v1`, how, await testWorld());
    const to = await openSink(`oci-dir:${join(await temporaryFolder(), "layout")}:v1`);
    await copy(from, to);
    await to[Symbol.asyncDispose]();
    await from[Symbol.asyncDispose]();
    // One finds out what is spoken, one is the guess's.
    expect(secure.connections - before).toBeLessThanOrEqual(1 + 1 + 1 + 6);
  });

  it("are not made for one request", async () => {
    const { registry } = await setUp(await image());
    const before = registry.connections;
    await headDigest(`${registry.host}/app:v1`);
    expect(registry.connections - before).toBe(2);
  });
});

describe("a request that is sent while it is found out what is spoken", () => {
  it("counts where that is plain HTTP", async () => {
    const { registry } = await setUp(await image());
    await headDigest(`${registry.host}/app:v1`);
    expect(registry.log.map(({ method }) => method)).toEqual(["HEAD"]);
  });

  it("says not who we are", async () => {
    const registry = await startRegistry({ basic: { me: "secret" } });
    await seedImage(registry, "app", "v1");
    const options = { registry: { creds: "me:secret" } };
    const from = await openIn(`${registry.host}/app:v1`, options, await testWorld());
    await from.headManifest();
    await from[Symbol.asyncDispose]();
    expect(registry.log.map(({ headers, status }) => [headers.authorization !== undefined, status]))
      .toEqual([[false, 401], [true, 200]]);
  });

  it("is sent again where TLS is spoken, and once where the lane is off", async () => {
    const secure = await tlsRegistry();
    await seedImage(secure, "app", "v1");
    const plain = await startRegistry();
    await seedImage(plain, "app", "v1");
    const how = { registry: { tlsVerify: false } };
    const world = await testWorld({ env: { NIXOCI_LANE: "off" } });
    for (const [registry, where] of [[secure, await testWorld()], [plain, world]] as const) {
      const from = await openIn(`${registry.host}/app:v1`, how, where);
      await from.headManifest();
      await from[Symbol.asyncDispose]();
      // A server that hangs up at what is no TLS is asked for its `/v2/` before.
      expect(registry.log.filter(({ method }) => method === "HEAD")).toHaveLength(1);
    }
  });
});
