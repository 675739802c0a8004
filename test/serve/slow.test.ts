/** Clients that are slow on purpose, or lie about lengths: broken off, and nothing is left of them. */
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import type { ServeOptions } from "../../src/serve/mod.ts";
import { SERVER } from "../support/registry/certificates.ts";
import { BYTES, DIGEST, putBlob, sendRaw, servedFromMemory, verdictOf } from "./setup.ts";

/** A connection to the registry; its errors are those of one that was broken off. */
function connect(url: string): Socket {
  const socket = createConnection(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Resolves when it is closed, or broken off. */
function isOver(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on("close", () => resolve()));
}

/** Sends a byte now and then, for as long as somebody listens. */
function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write("x"), 5);
  socket.on("close", () => clearInterval(timer));
  onTestFinished(() => clearInterval(timer));
}

const FAST: ServeOptions = { clientRate: { rate: 1_000_000, window: 50 } };

it("gives up a client whose head does not end", async () => {
  const { registry } = await servedFromMemory({ head: 100 });
  const socket = connect(registry.url);
  socket.write("GET /v2/ HTTP/1.1\r\nx: ");
  drip(socket);
  await isOver(socket);
});

it("gives up a client that never says hello to TLS", async () => {
  const { registry } = await servedFromMemory({ head: 1_000, tls: SERVER }); // long enough for one who does
  const socket = connect(registry.url);
  await isOver(socket);
  // Others have been served meanwhile, and are.
  const port = Number(new URL(registry.url).port);
  const good = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  onTestFinished(() => void good.destroy());
  await once(good, "secureConnect");
  good.write("GET /v2/ HTTP/1.1\r\nhost: x\r\n\r\n");
  const [first] = await once(good, "data");
  expect(String(first)).toMatch(/^HTTP\/1.1 200 /);
});

it("gives up a client whose body drips, and keeps what has come of the upload", async () => {
  const { registry, ask } = await servedFromMemory(FAST);
  const { headers } = await ask("POST", "app/blobs/uploads/");
  const location = headers.get("location")!;
  const socket = connect(registry.url);
  socket.write(`PATCH ${location} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n`);
  drip(socket);
  await isOver(socket);
  const progress = await ask("GET", location);
  expect(progress.status).toBe(204);
  expect(progress.headers.get("range")).toMatch(/^0-\d+$/);
  // It goes on where that one was broken off.
  const cancelled = await ask("DELETE", location);
  expect(cancelled.status).toBe(204);
});

it("gives up a client that does not take what it has asked for", async () => {
  const clientRate = { rate: 1e9, window: 50 };
  const { registry, storage } = await servedFromMemory({ clientRate });
  const large = Buffer.alloc(64 << 20);
  storage.repository("app").blobs.set(DIGEST, large);
  const socket = connect(registry.url);
  const closed = isOver(socket);
  socket.write(`GET /v2/app/blobs/${DIGEST} HTTP/1.1\r\nhost: x\r\n\r\n`);
  await once(socket, "readable"); // and nothing is read
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      registry.server.getConnections((_, count) => {
        if (count > 0) return;
        clearInterval(timer);
        resolve();
      });
    }, 10);
  });
  socket.resume();
  await closed;
});

it("does not count the time that it takes itself", async () => {
  const { ask } = await servedFromMemory({
    ...FAST,
    async around(call, next) {
      if (call.method === "GET") await new Promise((resolve) => setTimeout(resolve, 200));
      return await next(call);
    },
  });
  await putBlob({ ask } as Parameters<typeof putBlob>[0]);
  const answer = await ask("GET", `app/blobs/${DIGEST}`);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(BYTES);
});

it("lets clients be as slow as they like where it is told to", async () => {
  const { registry, ask } = await servedFromMemory({ clientRate: { rate: 0, window: 20 } });
  const { headers } = await ask("POST", "app/blobs/uploads/");
  const socket = connect(registry.url);
  const path = `${headers.get("location")}?digest=${DIGEST}`;
  socket.write(`PUT ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n`);
  for (const digit of BYTES) {
    socket.write(Buffer.of(digit));
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const [first] = await once(socket, "data");
  expect(String(first)).toMatch(/^HTTP\/1.1 201 /);
});

it("does not take more connections than it may", async () => {
  const { registry } = await servedFromMemory({ connections: 2 });
  const [first, second] = [connect(registry.url), connect(registry.url)];
  await Promise.all([once(first, "connect"), once(second, "connect")]);
  const third = connect(registry.url);
  await isOver(third);
  first.write("GET /v2/ HTTP/1.1\r\nhost: x\r\n\r\n");
  const [data] = await once(first, "data");
  expect(String(data)).toMatch(/^HTTP\/1.1 200 /);
});

it("does not take more uploads at a time, nor larger blobs, than it may", async () => {
  const { ask } = await servedFromMemory({ limits: { uploads: 2, blob: 9 } });
  const begin = () => ask("POST", "app/blobs/uploads/");
  const [first] = [await begin(), await begin()];
  expect(await verdictOf(await begin())).toBe("429 TOOMANYREQUESTS");
  expect((await ask("DELETE", first!.headers.get("location")!)).status).toBe(204);
  const again = await begin();
  expect(again.status).toBe(202);
  const path = `${again.headers.get("location")}?digest=${DIGEST}`;
  expect(await verdictOf(await ask("PUT", path, { body: BYTES }))).toBe("413 SIZE_INVALID");
  expect((await begin()).status).toBe(202); // that one is over
});

it.each([
  ["ends before its length", "content-length: 20", "0123456789"],
  ["sends more than its length", "content-length: 5", "0123456789"],
  ["says two lengths", "content-length: 10\r\ncontent-length: 11", "0123456789"],
  ["says a length and chunks", "content-length: 10\r\ntransfer-encoding: chunked", "0\r\n\r\n"],
  ["says a length that is none", "content-length: -1", "0123456789"],
  ["sends chunks that are none", "transfer-encoding: chunked", "zz\r\n0123456789\r\n"],
])("keeps nothing of a client that %s", async (_, head, body) => {
  const asked = await servedFromMemory();
  const begun = await asked.ask("POST", "app/blobs/uploads/");
  const path = `${begun.headers.get("location")}?digest=${DIGEST}`;
  const text = `PUT ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${head}\r\n\r\n${body}`;
  const said = await sendRaw(asked, text, { end: true });
  expect(said.split(" ")[1] ?? "400").toBe("400"); // or it is broken off without a word
  expect(asked.storage.repository("app").blobs.size).toBe(0);
  expect(asked.errors).toEqual([]);
});
