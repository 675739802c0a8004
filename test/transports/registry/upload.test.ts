import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Content, content, contentOf } from "../../../src/image/content.ts";
import { copy } from "../../../src/copy/copy.ts";
import { image, lying, sourceOf } from "../../support/images.ts";
import { type Fault, startRegistry } from "../../support/registry-server.ts";
import { BLOB, BYTES, expectStored, setup } from "./pushing.ts";
import { seedImage, sinkAt, testWorld } from "./setup.ts";

/** The blob opened in pieces of an awkward size, and how often it was. */
function counted(of: Content = BLOB): { blob: Content; opened: () => number } {
  let opened = 0;
  const blob = content(of.descriptor, async function* () {
    opened++;
    for (let at = 0; at < BYTES.length; at += 33_333) yield BYTES.subarray(at, at + 33_333);
  });
  return { blob, opened: () => opened };
}

describe("registry: uploads", () => {
  it("in two requests", async () => {
    const { registry, sink, sent } = await setup();
    expect(await sink.has(BLOB.descriptor)).toBe(false);
    await sink.put({ kind: "blob", content: BLOB });
    expect(await sink.has(BLOB.descriptor)).toBe(true);
    expect(sent()).toEqual(["HEAD", "POST", "PUT 1000000", "HEAD"]);
    expectStored(registry);
  });

  it("what is too large for the registry in chunks", async () => {
    const { registry, sink, sent } = await setup(undefined, { chunks: 400_000 });
    const { blob, opened } = counted();
    await sink.put({ kind: "blob", content: blob });
    expect(sent()).toEqual(["POST", "PATCH 400000", "PATCH 400000", "PATCH 200000", "PUT 0"]);
    expect(registry.log.map(({ headers }) => headers["content-range"]).filter(Boolean))
      .toEqual(["0-399999", "400000-799999", "800000-999999"]);
    expect(opened()).toBe(1);
    expectStored(registry);
  });

  it("that were begun early, or are not wanted after all", async () => {
    const { registry, sink, sent } = await setup();
    const other = contentOf("application/octet-stream", Buffer.from("another"));
    for (const { descriptor } of [BLOB, other, BLOB]) await sink.expect!(descriptor);
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent()).toEqual(["POST", "POST", "PUT 1000000"]);
    await sink[Symbol.asyncDispose]();
    expect(sent()).toEqual(["POST", "POST", "PUT 1000000", "DELETE"]);
    expectStored(registry);
  });

  it("nothing, which is a blob too", async () => {
    const { registry, sink } = await setup();
    const empty = contentOf("application/octet-stream", Buffer.alloc(0));
    await sink.put({ kind: "blob", content: empty });
    expect(registry.repository("app").blobs.has(empty.descriptor.digest)).toBe(true);
  });

  it("in chunks no smaller than the registry takes", async () => {
    const { registry, sink, sent } = await setup(
      ({ method }) =>
        method === "POST" ? { headers: { "oci-chunk-min-length": "600000" } } : undefined,
      { chunks: 300_000 },
    );
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent()).toEqual(["POST", "PATCH 600000", "PATCH 400000", "PUT 0"]);
    expectStored(registry);
  });

  it("in chunks where one request is not supported, and the other way round", async () => {
    const one = await setup(undefined, { without: ["monolithic"] });
    await one.sink.put({ kind: "blob", content: BLOB });
    expect(one.sent()).toEqual(["POST", "PUT 1000000", "DELETE", "POST", "PATCH 1000000", "PUT 0"]);
    expect(one.registry.repository("app").blobs.size).toBe(1);
    const two = await setup(undefined, { without: ["chunked"], chunkSize: 1000 });
    await two.sink.put({ kind: "blob", content: BLOB });
    expect(two.sent().at(-1)).toBe("PUT 1000000");
    expect(two.registry.repository("app").blobs.size).toBe(1);
  });

  it.each([405, 501])("by asking with GET where HEAD is answered with %d", async (status) => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    registry.onRequest = ({ method }) => method === "HEAD" ? { answer: { status } } : undefined;
    const sink = await sinkAt(`${registry.host}/app:v1`);
    const [digest] = registry.repository("app").blobs.keys();
    const descriptor = { mediaType: "a/b", digest: digest as "sha256:", size: 1 };
    expect(await sink.has(descriptor)).toBe(true);
    expect(await sink.has(BLOB.descriptor)).toBe(false);
  });
});

describe("registry: uploads go on", () => {
  it("from what the registry has got when the connection breaks", async () => {
    const { registry, sink, sent } = await setup((_, n) =>
      n === 2 ? { cutAfter: 600_000 } : undefined
    );
    const { blob, opened } = counted();
    await sink.put({ kind: "blob", content: blob });
    expect(sent()).toEqual(["POST", "PUT 1000000", "GET", "PATCH 400000", "PUT 0"]);
    expect(opened()).toBe(2);
    expectStored(registry);
  });

  it("chunk by chunk, from the middle of one", async () => {
    const { registry, sink, sent } = await setup(
      (_, n) => n === 3 ? { cutAfter: 100_000 } : undefined,
      { chunks: 400_000 },
    );
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent()).toEqual([
      "POST",
      "PATCH 400000",
      "PATCH 400000",
      "GET",
      "PATCH 400000",
      "PATCH 100000",
      "PUT 0",
    ]);
    expectStored(registry);
  });

  it("by closing it when all bytes had come, naming no range of none", async () => {
    const whole = await setup((_, n) => n === 2 ? { cutAfter: BYTES.length } : undefined);
    await whole.sink.put({ kind: "blob", content: BLOB });
    expect(whole.sent()).toEqual(["POST", "PUT 1000000", "GET", "PUT 0"]);
    const chunked = await setup(
      (_, n) => n === 3 ? { cutAfter: 500_000 } : undefined,
      { chunks: 500_000 },
    );
    await chunked.sink.put({ kind: "blob", content: BLOB });
    expect(chunked.sent()).toEqual(["POST", "PATCH 500000", "PATCH 500000", "GET", "PUT 0"]);
    for (const { registry } of [whole, chunked]) {
      expect(registry.log.at(-1)!.headers["content-range"]).toBeUndefined();
      expectStored(registry);
    }
  });

  it("from where a chunk was cut short", async () => {
    const { registry, sink, sent } = await setup(
      ({ method }, n) => method === "PATCH" && n === 2 ? { accept: 123_456 } : undefined,
      { chunks: 400_000 },
    );
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent().slice(0, 4)).toEqual(["POST", "PATCH 400000", "GET", "PATCH 400000"]);
    expectStored(registry);
  });

  it("when all that was lost is the last answer", async () => {
    const { registry, sink, sent } = await setup((_, n) => n === 2 ? { forget: true } : undefined);
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent()).toEqual(["POST", "PUT 1000000", "GET", "HEAD"]);
    expectStored(registry);
  });

  it("after 5xx and 429, as the registry asks", async () => {
    const answers: Fault[] = [
      { answer: { status: 429, headers: { "retry-after": "3" } } },
      { answer: { status: 502 } },
    ];
    const { registry, sink, world } = await setup(({ method }) =>
      method === "PUT" ? answers.shift() : undefined
    );
    await sink.put({ kind: "blob", content: BLOB });
    expect(world.pauses[0]).toBe(3000);
    expectStored(registry);
  });

  it("with a new session when the old one is gone (404)", async () => {
    const { registry, sink, sent } = await setup(async (_, n) => {
      if (n === 2) await registry.dropUploads();
      return undefined;
    });
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent()).toEqual(["POST", "PUT 1000000", "GET", "HEAD", "DELETE", "POST", "PUT 1000000"]);
    expectStored(registry);
  });

  it("in step again after 416", async () => {
    const { registry, sink, sent } = await setup((_, n) => {
      if (n !== 3) return undefined;
      // The registry has lost part of what it said it had.
      const [upload] = registry.uploads.values();
      upload!.bytes = upload!.bytes.subarray(0, 1234);
      return undefined;
    }, { chunks: 400_000 });
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent().slice(0, 5))
      .toEqual(["POST", "PATCH 400000", "PATCH 400000", "GET", "PATCH 400000"]);
    expectStored(registry);
  });

  it("from the start when what was there was not what we thought", async () => {
    const { registry, sink, sent } = await setup((_, n) => {
      const [upload] = registry.uploads.values();
      if (n === 3) upload!.bytes[0]! ^= 1; // so that the rest does not fit
      return n === 2 ? { cutAfter: 600_000 } : undefined;
    });
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent()).toEqual(
      [
        ...["POST", "PUT 1000000", "GET", "PATCH 400000", "PUT 0"],
        ...["HEAD", "DELETE", "POST", "PUT 1000000"],
      ],
    );
    expect(registry.repository("app").blobs.size).toBe(1);
  });

  it("with a new token and the same session when the old one expires on the way", async () => {
    const bearer = { users: { me: "secret" }, private: true };
    const { registry, sink, sent } = await setup((_, n) => {
      if (n === 4) registry.revokeTokens();
      return undefined;
    }, { bearer, chunks: 400_000 });
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent()).toEqual([
      "POST",
      "PATCH 400000",
      "PATCH 400000",
      "PATCH 200000", // refused
      "GET",
      "PATCH 200000",
      "PUT 0",
    ]);
    expect(registry.tokenRequests).toHaveLength(2);
    expectStored(registry);
  });

  it("with a new token as often as one expires", async () => {
    const bearer = { users: { me: "secret" }, private: true };
    let patches = 0;
    const { registry, sink } = await setup(({ method }) => {
      if (method === "PATCH" && [2, 5].includes(++patches)) registry.revokeTokens();
      return undefined;
    }, { bearer, chunks: 200_000 });
    await sink.put({ kind: "blob", content: BLOB });
    expect(registry.tokenRequests).toHaveLength(3);
    expectStored(registry);
  });

  it("not for ever", async () => {
    const { registry, sink } = await setup(({ method }) =>
      method === "PUT" ? { reset: true } : undefined
    );
    await expect(sink.put({ kind: "blob", content: BLOB })).rejects.toMatchObject({
      code: "NETWORK",
      message: expect.stringMatching(/^Cannot push to 127\.0\.0\.1:\d+\/app: /),
    });
    const puts = registry.log.filter(({ method }) => method === "PUT").length;
    expect(puts).toBeGreaterThan(1);
    expect(puts).toBeLessThan(10);
    expect(registry.uploads.size).toBe(0); // and takes back what it began
  });

  it.each([[307, "whole"], [308, "stream"]] as const)(
    "to where %d sends it on (%s), on the same host and on another",
    async (status, way) => {
      for (const host of ["127.0.0.1", "localhost"]) {
        const moved: string[] = [];
        const { registry, sink } = await setup(({ method, path }) => {
          if (!["PUT", "PATCH"].includes(method)) return undefined;
          moved.push(`${method} ${path.includes("moved")}`);
          if (path.includes("moved")) return undefined;
          const to = new URL(path, registry.url);
          to.hostname = host;
          to.searchParams.set("moved", "");
          return { answer: { status, headers: { location: to.href } } };
        }, way === "stream" ? { without: ["monolithic"] } : {});
        await sink.put({ kind: "blob", content: BLOB });
        expectStored(registry);
        expect(moved).toContain(`${way === "whole" ? "PUT" : "PATCH"} true`);
      }
    },
  );

  it("not in chunks to where they are sent on, which says what to do", async () => {
    const elsewhere = { status: 307, headers: { location: "http://store.example:81/x?secret" } };
    const { sink, sent, world } = await setup(
      ({ method }) => method === "PATCH" ? { answer: elsewhere } : undefined,
      { chunks: 400_000 },
    );
    const { code, message, hint } = await sink.put({ kind: "blob", content: BLOB })
      .then(() => undefined, (error) => error);
    expect(code).toBe("REFUSED");
    expect(message).toMatch(/ sends what we write to store\.example:81 \(307\)$/);
    expect(hint).toMatch(/name store\.example:81 in the reference if you trust it/);
    expect(sent().filter((one) => one.startsWith("PATCH"))).toHaveLength(1);
    expect(world.pauses).toEqual([]);
  });

  it("with a manifest that is sent on, but not where it does not arrive", async () => {
    for (
      const [to, isThere] of [["/v2/app/manifests/v1?moved", true], ["/other", false]] as const
    ) {
      const registry = await startRegistry();
      const location = registry.url.replace("127.0.0.1", "localhost") + to;
      registry.onRequest = ({ method, path }) => {
        if (path === "/other") return { answer: { status: 201 } };
        return method === "PUT" && path.includes("/manifests/") && !path.includes("moved")
          ? { answer: { status: 307, headers: { location } } }
          : undefined;
      };
      const pushed = copy(sourceOf({ it: await image() }), await sinkAt(`${registry.host}/app:v1`));
      if (isThere) await pushed;
      else await expect(pushed).rejects.toThrow(/does not look like a registry/);
      expect(registry.repository("app").tags.has("v1")).toBe(isThere);
    }
  });

  it("not when the registry stops listening", async () => {
    const registry = await startRegistry({
      onRequest: ({ method }) => method === "PUT" ? { delay: 1_500 } : undefined,
    });
    const sink = await sinkAt(`${registry.host}/app:v1`, {}, await testWorld({ patience: 50 }));
    await expect(sink.put({ kind: "blob", content: BLOB })).rejects.toMatchObject({
      code: "NETWORK",
    });
  });
});

describe("registry: publishes nothing that is wrong", () => {
  it.each<[string, Uint8Array, string]>([
    ["other bytes", randomBytes(BYTES.length), "DIGEST"],
    ["too few", BYTES.subarray(1), "SIZE"],
    ["too many", Buffer.concat([BYTES, BYTES]), "SIZE"],
  ])("%s", async (_, bytes, code) => {
    for (const chunks of [0, 400_000]) {
      const { registry, sink, world } = await setup(undefined, { chunks });
      await expect(sink.put({ kind: "blob", content: lying(BLOB, bytes) })).rejects.toMatchObject({
        code,
      });
      expect(registry.repository("app").blobs.size).toBe(0);
      expect(registry.uploads.size).toBe(0);
      expect(world.pauses).toEqual([]); // our own fault is not tried again
    }
  });

  it("from a source that breaks off, whose error is what is said", async () => {
    const { registry, sink } = await setup();
    const broken = content(BLOB.descriptor, async function* () {
      yield BYTES.subarray(0, 500_000);
      throw new Error("the disk is on fire");
    });
    await expect(sink.put({ kind: "blob", content: broken })).rejects.toThrow(
      "the disk is on fire",
    );
    expect(registry.repository("app").blobs.size).toBe(0);
    expect(registry.uploads.size).toBe(0);
  });

  it("from buffers that are used again as soon as they may be", async () => {
    const { registry, sink } = await setup();
    const buffer = Buffer.alloc(100_000);
    const reused = content(BLOB.descriptor, async function* () {
      for (let at = 0; at < BYTES.length; at += buffer.length) {
        BYTES.copy(buffer, 0, at);
        yield buffer;
        buffer.fill(0);
      }
    });
    await sink.put({ kind: "blob", content: reused });
    expectStored(registry);
  });
});
