/** A registry on a port: reached, guarded, failing, stopped. */
import { once } from "node:events";
import { createConnection } from "node:net";
import { describe, expect, it } from "vitest";
import { NixociError } from "../../src/base/errors.ts";
import { streamBytes } from "../../src/bytes/stream.ts";
import { content } from "../../src/image/content.ts";
import {
  type Around,
  createBasicAuth,
  createMemoryStorage,
  serveRegistry,
} from "../../src/serve/mod.ts";
import { serveContent } from "../../src/serve/storages/content.ts";
import { SERVER } from "../support/registry/certificates.ts";
import { openSource } from "../../transports/mod.ts";
import { BYTES, DIGEST, putBlob, served, servedFromMemory, storeOf, verdictOf } from "./setup.ts";

const DESCRIPTOR = { mediaType: "application/octet-stream", digest: DIGEST, size: BYTES.length };

describe("serveRegistry", () => {
  it("says that it is one, on loopback only", async () => {
    const { registry, ask } = await servedFromMemory();
    expect(registry.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const answer = await ask("GET", "/v2/");
    expect([answer.status, answer.headers.get("docker-distribution-api-version")])
      .toEqual([200, "registry/2.0"]);
  });

  it.each([99_999_999, -1, 1.5, NaN])("refuses port %d, which there is not", async (port) => {
    await expect(serveRegistry(createMemoryStorage(), { port })).rejects.toMatchObject({
      code: "USAGE",
      message: `Cannot serve a registry on 127.0.0.1:${port}: there is no such port`,
    });
  });

  it("names a port that is taken", async () => {
    const { registry } = await servedFromMemory();
    const port = Number(new URL(registry.url).port);
    await expect(serveRegistry(createMemoryStorage(), { port })).rejects.toMatchObject({
      code: "IO",
      message: `Cannot serve a registry on 127.0.0.1:${port}: something else listens there`,
      hint: expect.any(String),
    });
  });

  it("speaks TLS", async () => {
    const { registry } = await servedFromMemory({ tls: SERVER });
    expect(registry.url).toMatch(/^https:/);
    const source = await openSource(`registry:${registry.host}/app`, {
      registry: { tlsVerify: false },
    });
    await expect(source.resolve()).rejects.toMatchObject({ code: "NOT_FOUND" });
    await source[Symbol.asyncDispose]();
  });

  it("is read-only over a storage that is", async () => {
    const { ask } = await served(storeOf(() => Promise.resolve(undefined)));
    expect(await verdictOf(await ask("POST", "app/blobs/uploads/"))).toBe("405 UNSUPPORTED");
    expect(await verdictOf(await ask("PUT", "app/manifests/v1"))).toBe("405 UNSUPPORTED");
    expect(await verdictOf(await ask("DELETE", `app/blobs/${DIGEST}`))).toBe("405 UNSUPPORTED");
    expect(await verdictOf(await ask("DELETE", "app/manifests/v1"))).toBe("405 UNSUPPORTED");
  });

  it("lets what stands around it answer, and change answers", async () => {
    const around: Around = async (call, next) =>
      call.url.pathname.startsWith("/health") ? { status: 204 } : {
        ...await next(call),
        headers: { "x-seen": call.method },
      };
    const { ask } = await servedFromMemory({ around });
    expect((await ask("GET", "/health")).status).toBe(204);
    expect((await ask("GET", "/v2/")).headers.get("x-seen")).toBe("GET");
  });
});

describe("serveRegistry: failures", () => {
  it("of the storage, before anything is sent, are answered; the log has all of them", async () => {
    const reasons = [
      new NixociError("UNSUPPORTED", "Cannot build /srv/app.json: no such store path"),
      new TypeError("x is not a function"),
    ];
    const storage = storeOf(() =>
      Promise.resolve({
        descriptor: DESCRIPTOR,
        async *read() {
          throw reasons[errors.length]!;
        },
      })
    );
    const { ask, errors } = await served(storage);
    const [ours, bug] = [
      await ask("GET", `app/blobs/${DIGEST}`),
      await ask("GET", `app/blobs/${DIGEST}`),
    ];
    expect([ours.status, bug.status]).toEqual([500, 500]);
    expect(JSON.parse(await ours.text()).errors[0].message)
      .toBe("the registry says no: it cannot do that; its log says more");
    expect(await bug.text()).not.toContain("function");
    expect(errors).toEqual(reasons);
  });

  it("half-way break the connection off, as do bytes that turn out to be wrong", async () => {
    const wrong = content(DESCRIPTOR, () => streamBytes(BYTES.subarray(0, 5), Buffer.from("xxxx")));
    const { ask, errors } = await served(storeOf(() => Promise.resolve(serveContent(wrong))));
    const answer = await ask("GET", `app/blobs/${DIGEST}`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(errors).toMatchObject([{ code: "SIZE" }]);
  });

  it("of a client that goes away are its own, and let go of the blob", async () => {
    let isReleased: (isIt: boolean) => void;
    const released = new Promise<boolean>((resolve) => isReleased = resolve);
    const size = 1 << 30;
    const storage = storeOf(() =>
      Promise.resolve({
        descriptor: { ...DESCRIPTOR, size },
        async *read() {
          try {
            for (let at = 0; at < size; at += 1 << 16) yield Buffer.alloc(1 << 16);
          } finally {
            isReleased(true);
          }
        },
      })
    );
    const { registry, errors } = await served(storage);
    const socket = createConnection(Number(new URL(registry.url).port), "127.0.0.1");
    socket.write(`GET /v2/app/blobs/${DIGEST} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(socket, "data");
    socket.destroy();
    expect(await released).toBe(true);
    expect(errors).toEqual([]);
  });
});

describe("stop", () => {
  it("lets what is under way end, and takes no more", async () => {
    let go: () => void;
    const gate = new Promise<void>((resolve) => go = resolve);
    let begun: () => void;
    const started = new Promise<void>((resolve) => begun = resolve);
    const around: Around = async (call, next) => {
      begun();
      await gate;
      return await next(call);
    };
    const { registry, ask } = await servedFromMemory({ around });
    const answer = ask("GET", "/v2/");
    await started;
    const stopped = registry.stop();
    await expect(ask("GET", "/v2/")).rejects.toThrow();
    go!();
    expect((await answer).status).toBe(200);
    await stopped;
    await registry.stop(); // and once more
  });

  it("breaks off what does not end in time, and drops uploads", async () => {
    const asked = await servedFromMemory();
    const begun = await asked.ask("POST", "app/blobs/uploads/");
    const socket = createConnection(Number(new URL(asked.registry.url).port), "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    const path = begun.headers.get("location");
    socket.write(`PATCH ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0`);
    const closed = new Promise((resolve) => socket.on("close", resolve));
    await asked.registry.stop({ grace: 10 });
    await closed;
    expect(asked.errors).toEqual([]);
  });
});

describe("createBasicAuth", () => {
  const basic = (text: string) => ({
    authorization: `Basic ${Buffer.from(text).toString("base64")}`,
  });

  it("lets its users in, and nobody else", async () => {
    const around = createBasicAuth({ me: "secret:too", empty: "" }, 'a "realm"');
    const asked = await servedFromMemory({ around });
    const status = async (headers: Record<string, string>) =>
      (await asked.ask("GET", "/v2/", { headers })).status;
    expect(await status(basic("me:secret:too"))).toBe(200);
    expect(await status(basic("empty:"))).toBe(200);
    for (const text of ["me:", "me:secret", "you:secret:too", "constructor:", "me", "", ":"]) {
      expect(await status(basic(text))).toBe(401);
    }
    expect(await status({ authorization: "Bearer me" })).toBe(401);
    const refused = await asked.ask("GET", "app/tags/list");
    expect(refused.headers.get("www-authenticate"))
      .toBe('Basic realm="a \\"realm\\"", charset="UTF-8"');
    expect(await verdictOf(refused)).toBe("401 UNAUTHORIZED");
  });

  it("keeps what it refuses from being read", async () => {
    const asked = await servedFromMemory({ around: createBasicAuth({ me: "secret" }) });
    const path = `app/blobs/uploads/?digest=${DIGEST}`;
    expect((await asked.ask("POST", path, { body: BYTES })).status).toBe(401);
    expect(asked.storage.repositories.size).toBe(0);
    await expect(putBlob(asked)).rejects.toThrow();
  });
});
