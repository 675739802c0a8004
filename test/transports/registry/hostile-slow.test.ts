/** Servers that send a byte now and then, which no stall is. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { readContent } from "../../../src/image/content.ts";
import { createBlobContent } from "../../../transports/registry/read/blob.ts";
import { createSessionOptions } from "../../../transports/registry/open.ts";
import type { RegistryOptions } from "../../../transports/registry/options.ts";
import { RegistrySession } from "../../../transports/registry/session.ts";
import { contentOf } from "../../../src/image/content.ts";
import { listTags, testWorld } from "./setup.ts";

const BYTES = Buffer.alloc(4000, "x");
const BLOB = contentOf("application/octet-stream", BYTES);
const MANY = "a".repeat(400);

/** Starts a server whose answers come in pieces, with a pause in milliseconds before each. */
async function startDripping(pieces: number, pause: number) {
  let asked = 0;
  const server = createServer(async ({ url }, response) => {
    asked++;
    const isBlob = url!.includes("/blobs/");
    const body = isBlob ? BYTES : Buffer.from(JSON.stringify({ name: "app", tags: [MANY] }));
    if (!isBlob && !url!.includes("/tags/")) return void response.end("{}");
    response.setHeader("content-type", "application/json");
    response.setHeader("content-length", body.length);
    response.flushHeaders();
    await drip(response, body, pieces, pause);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

async function drip(response: ServerResponse, body: Buffer, pieces: number, pause: number) {
  const size = Math.ceil(body.length / pieces);
  for (let at = 0; at < body.length && !response.destroyed; at += size) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    response.write(body.subarray(at, at + size));
  }
  response.end();
}

async function readFrom(host: string, registry: RegistryOptions, patience: number) {
  const world = await testWorld({ patience });
  const options = { ...createSessionOptions({ registry }, true, world), action: "pull" } as const;
  await using session = new RegistrySession(
    { host, repository: "app", tlsVerify: undefined },
    options,
    world,
  );
  return await readContent(createBlobContent(session, BLOB.descriptor), 1 << 20)
    .catch((error) => error);
}

describe("registry: a body that drips", () => {
  it("is given up, and what to do is said", async () => {
    const { host } = await startDripping(4000, 20);
    expect(await readFrom(host, { minRate: 10_000, retry: 0 }, 600)).toMatchObject({
      code: "NETWORK",
      message: expect.stringMatching(/\d+ bytes came from 127\.0\.0\.1:\d+ for 1 s/),
      hint: expect.stringContaining("--min-rate"),
    });
  });

  it("is given up by default, and as often as others are", async () => {
    const { host, asked } = await startDripping(4000, 20);
    expect(await readFrom(host, { retry: 1 }, 600)).toMatchObject({ code: "NETWORK" });
    expect(asked()).toBeGreaterThan(1);
  });

  it("is read to its end where that is wanted, or where it is fast enough", async () => {
    const { host } = await startDripping(20, 40);
    expect(await readFrom(host, { minRate: 0, retry: 0 }, 600)).toEqual(BYTES);
    expect(await readFrom(host, { minRate: 50, retry: 0 }, 600)).toEqual(BYTES);
  });

  it("is no document either", async () => {
    const { host } = await startDripping(400, 20);
    const registry = { minRate: 10_000, retry: 0 };
    await expect(listTags(`${host}/app`, { registry }, await testWorld({ patience: 600 })))
      .rejects.toMatchObject({ code: "NETWORK", hint: expect.stringContaining("--min-rate") });
  });

  it.each([-1, 0.5, NaN, 2 ** 40])("is not measured by %s", async (minRate) => {
    const world = await testWorld();
    await expect(listTags("127.0.0.1:1/app", { registry: { minRate } }, world)).rejects
      .toMatchObject({ code: "USAGE", message: expect.stringContaining("--min-rate") });
  });
});
