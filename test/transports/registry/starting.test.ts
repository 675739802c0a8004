/** Registries that are not there yet when they are asked first. */
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { describe, expect, it } from "vitest";
import type { Notice } from "../../../src/base/notices.ts";
import { startRegistry } from "../../support/registry-server.ts";
import { listTags, testWorld } from "./setup.ts";

/** A port at which nobody listens, and a server that does when it is told to. */
async function createLateServer(): Promise<{ host: string; start(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(request.url!.includes("tags") ? '{"name":"app","tags":["v1"]}' : "{}");
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((resolve) => server.close(resolve));
  await close();
  onTestFinished(() => void server.close());
  return { host: `127.0.0.1:${port}`, start: () => listen(port) };
}

describe("registry: not there yet", () => {
  it.each([undefined, false])(
    "is waited for at first contact (tlsVerify %s)",
    async (tlsVerify) => {
      const { host, start } = await createLateServer();
      const world = await testWorld();
      const pauses: number[] = [];
      const starting = {
        ...world,
        sleep: async (pause: number) => {
          if (pauses.push(pause) === 3) await start();
        },
      };
      expect(await listTags(`${host}/app`, { registry: { tlsVerify } }, starting)).toEqual(["v1"]);
      expect(pauses).toEqual([250, 500, 1000]);
    },
  );

  it("is said not to run after a short while, or as long as --retry says", async () => {
    const { host } = await createLateServer();
    for (const [retry, tries] of [[undefined, 3], [0, 0], [6, 6]] as const) {
      const world = await testWorld();
      await expect(listTags(`${host}/app`, { registry: { retry } }, world)).rejects.toMatchObject({
        code: "NETWORK",
        hint: "is the registry running, and is this its port?",
      });
      expect(world.pauses.length).toBe(tries);
    }
  });

  it("that lets us wait is tried twice, and said to be waited for", async () => {
    const registry = await startRegistry({ onRequest: () => new Promise(() => {}) });
    const world = await testWorld({ patience: 600 });
    const notices: string[] = [];
    const options = {
      onNotice: ({ code, message }: Notice) => void notices.push(`${code} ${message}`),
    };
    await expect(listTags(`${registry.host}/app`, options, world)).rejects.toMatchObject({
      code: "NETWORK",
      message: expect.stringContaining(`nothing came from ${registry.host} for 1 s`),
    });
    expect(registry.log).toHaveLength(2);
    expect(notices).toEqual([
      `WAITING ${registry.host} has not answered for 1 s; waiting up to 1 s`,
      `RETRY nothing came from ${registry.host} for 1 s; trying again in 0.3 s`,
    ]);
  });

  it.each([-1, 1.5, NaN, 1e9])("refuses --retry %s", async (retry) => {
    const world = await testWorld();
    await expect(listTags("127.0.0.1:1/app", { registry: { retry } }, world)).rejects
      .toMatchObject({ code: "USAGE" });
  });
});
