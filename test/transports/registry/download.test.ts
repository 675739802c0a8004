import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../../src/bytes/digest.ts";
import { type Content, contentOf, readContent } from "../../../src/image/content.ts";
import { createImage } from "../../../src/image/documents/assemble.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";
import type { World } from "../../../transports/registry/world.ts";
import {
  type Fault,
  type LoggedRequest,
  type RegistryServer,
  startRegistry,
} from "../../support/registry-server.ts";
import { resolveImage, seedImage, testWorld } from "./setup.ts";

const BYTES = randomBytes(1_000_000);

/** A registry with one large layer; `faults` spoil the requests for it, in order. */
async function layerIn(
  registry: RegistryServer,
  faults: readonly (Fault | undefined)[],
  world?: World,
): Promise<{ layer: Content; asked: () => LoggedRequest[] }> {
  const tar = contentOf("application/vnd.oci.image.layer.v1.tar", BYTES);
  const layer = { ...tar, diffId: digestOf(BYTES) };
  const config = contentOf(
    MEDIA_TYPES.oci.config,
    Buffer.from(JSON.stringify({ rootfs: { type: "layers", diff_ids: [layer.diffId] } })),
  );
  await seedImage(registry, "app", "v1", createImage("oci", config, [layer]));
  const root = await resolveImage(`${registry.host}/app:v1`, {}, world);
  const path = `/v2/app/blobs/${layer.descriptor.digest}`;
  let n = 0;
  registry.onRequest = (request) => request.path === path ? faults[n++] : undefined;
  return { layer: root.layers[0]!, asked: () => registry.log.filter((one) => one.path === path) };
}

const ranges = (requests: LoggedRequest[]) => requests.map(({ headers }) => headers.range);

describe("registry: downloads", () => {
  it("in one request when nothing goes wrong, as often as it is opened", async () => {
    const registry = await startRegistry();
    const { layer, asked } = await layerIn(registry, []);
    expect(asked()).toEqual([]);
    for (let i = 0; i < 2; i++) expect(await readContent(layer, 1e7)).toEqual(BYTES);
    expect(ranges(asked())).toEqual([undefined, undefined]);
  });

  it("in one request, though the whole is called a part", async () => {
    const registry = await startRegistry();
    const headers = { "content-range": `bytes 0-${BYTES.length - 1}/${BYTES.length}` };
    const { layer, asked } = await layerIn(registry, [{ status: 206, headers }]);
    expect(await readContent(layer, 1e7)).toEqual(BYTES);
    expect(asked()).toHaveLength(1);
  });

  it("the rest after a broken connection, and nothing twice", async () => {
    const registry = await startRegistry();
    const world = await testWorld();
    const { layer, asked } = await layerIn(
      registry,
      [{ resetAfter: 300_000 }, { reset: true }, { resetAfter: 100_000 }],
      world,
    );
    expect(await readContent(layer, 1e7)).toEqual(BYTES);
    expect(ranges(asked())).toEqual([
      undefined,
      "bytes=300000-",
      "bytes=300000-",
      "bytes=400000-",
    ]);
    // Progress begins the count of tries anew, and so the pauses.
    expect(world.pauses.at(-1)).toBe(250);
  });

  it("all of it, skipping what it has, where ranges are not supported", async () => {
    const registry = await startRegistry({ without: ["range"] });
    const { layer, asked } = await layerIn(registry, [{ resetAfter: 300_000 }]);
    expect(await readContent(layer, 1e7)).toEqual(BYTES);
    expect(asked()).toHaveLength(2);
  });

  it.each<[string, Fault]>([
    ["a 206 from another place", {
      answer: {
        status: 206,
        headers: { "content-range": "bytes 299999-999998/1000000" },
        body: BYTES.subarray(299_999, 999_999),
      },
    }],
    ["a 206 of another size", {
      answer: {
        status: 206,
        headers: { "content-range": "bytes 300000-999999/1000001" },
        body: BYTES.subarray(300_000),
      },
    }],
    ["a 206 that says nothing", { answer: { status: 206, body: BYTES.subarray(300_000) } }],
    ["a 416", { answer: { status: 416 } }],
  ])("from the start after %s, never splicing", async (_, fault) => {
    const registry = await startRegistry();
    const { layer, asked } = await layerIn(registry, [{ resetAfter: 300_000 }, fault]);
    expect(await readContent(layer, 1e7)).toEqual(BYTES);
    expect(ranges(asked())).toEqual([undefined, "bytes=300000-", undefined]);
  });

  it("nothing spliced from two blobs: the digest is over the whole", async () => {
    const registry = await startRegistry();
    const { layer } = await layerIn(registry, [{ resetAfter: 300_000 }, {
      answer: {
        status: 206,
        headers: { "content-range": "bytes 300000-999999/1000000" },
        body: randomBytes(700_000),
      },
    }]);
    await expect(readContent(layer, 1e7)).rejects.toMatchObject({ code: "DIGEST" });
  });

  it("again after 429 and 5xx, with pauses that grow", async () => {
    const registry = await startRegistry();
    const world = await testWorld();
    const { layer } = await layerIn(
      registry,
      [500, 502, 503, 504].map((status) => ({ answer: { status } })),
      world,
    );
    expect(await readContent(layer, 1e7)).toEqual(BYTES);
    expect(world.pauses).toEqual([250, 500, 1000, 2000]);
  });

  it("five times, and then no more", async () => {
    const registry = await startRegistry();
    const { layer, asked } = await layerIn(registry, Array(9).fill({ answer: { status: 503 } }));
    await expect(readContent(layer, 1e7)).rejects.toMatchObject({
      code: "NETWORK",
      message: expect.stringMatching(/^Cannot read sha256:.* from 127.* answers 503$/),
    });
    expect(asked()).toHaveLength(5);
  });

  it("after as long as Retry-After says, and a minute at most", async () => {
    const registry = await startRegistry();
    const now = Date.parse("2026-01-01T00:00:00Z");
    const world = await testWorld({ now: () => now });
    const later = (after: string) => ({
      answer: { status: 429, headers: { "retry-after": after } },
    });
    const { layer } = await layerIn(
      registry,
      [later("7"), later("Thu, 01 Jan 2026 00:00:20 GMT"), later("86400"), later("soon")],
      world,
    );
    expect(await readContent(layer, 1e7)).toEqual(BYTES);
    expect(world.pauses).toEqual([7_000, 20_000, 60_000, 2000]);
  });

  it("nothing again after a plain no", async () => {
    const registry = await startRegistry();
    for (const [status, code] of [[403, "AUTH"], [404, "NOT_FOUND"], [400, "REFUSED"]] as const) {
      const { layer, asked } = await layerIn(registry, [{ answer: { status } }]);
      const before = asked().length;
      await expect(readContent(layer, 1e7)).rejects.toMatchObject({ code });
      expect(asked()).toHaveLength(before + 1);
    }
  });

  it("elsewhere in the stream when nothing comes any more", async () => {
    const registry = await startRegistry();
    const world = await testWorld({ patience: 600 });
    const stall = { stallAfter: 300_000 };
    const { layer, asked } = await layerIn(registry, [stall, stall, stall], world);
    expect(await readContent(layer, 1e7)).toEqual(BYTES);
    expect(ranges(asked())).toEqual([undefined, ...[3, 6, 9].map((n) => `bytes=${n}00000-`)]);
    const waiting = await layerIn(registry, [stall, { delay: 2_000 }], world);
    await expect(readContent(waiting.layer, 1e7)).rejects.toThrow("nothing came from");
  });

  it("at the consumer's pace: its own time is not the server's", async () => {
    const registry = await startRegistry();
    const { layer, asked } = await layerIn(registry, [], await testWorld({ patience: 1000 }));
    let [size, pauses] = [0, 0]; // one pause, longer than the patience that a busy machine needs
    for await (const chunk of layer.open()) {
      size += chunk.length;
      if (pauses++ < 1) await new Promise((resolve) => setTimeout(resolve, 1600));
    }
    expect(size).toBe(BYTES.length);
    expect(asked()).toHaveLength(1);
  });

  it("no more than the descriptor says, and no less", async () => {
    const registry = await startRegistry();
    const short = { answer: { status: 200, body: BYTES.subarray(1) } };
    const long = { answer: { status: 200, body: Buffer.concat([BYTES, BYTES]) } };
    const { layer, asked } = await layerIn(registry, [short, long, {
      ...long,
      headers: { "content-length": "" },
    }]);
    for (let i = 0; i < 3; i++) {
      await expect(readContent(layer, 1e7)).rejects.toMatchObject({ code: "SIZE" });
    }
    expect(asked()).toHaveLength(3); // a lie is not tried again
  });

  it("nothing once it is broken off", async () => {
    const registry = await startRegistry();
    const { layer } = await layerIn(registry, [{ stallAfter: 300_000 }]);
    const breakOff = new AbortController();
    const reading = (async () => {
      for await (const _ of layer.open({ signal: breakOff.signal })) {
        setTimeout(() => breakOff.abort(new Error("enough")), 20);
      }
    })();
    await expect(reading).rejects.toThrow("enough");
  });

  it("and lets go when the reader has had enough", async () => {
    const registry = await startRegistry();
    const { layer } = await layerIn(registry, []);
    for await (const _ of layer.open()) break;
    expect(await readContent(layer, 1e7)).toEqual(BYTES);
  });
});
