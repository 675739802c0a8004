import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { type HttpRequest, sendHttpRequest } from "../../../transports/lib/http/exchange.ts";

/** A server, how often it was connected to, and how it is asked. */
async function startServer(answer: RequestListener) {
  let connections = 0;
  const server = createServer(answer).on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const dispatcher = new Agent({ allowH2: false });
  onTestFinished(async () => {
    await dispatcher.destroy();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = (method: string, more: Partial<HttpRequest> = {}) =>
    sendHttpRequest({ method, url: new URL(origin), ...more }, {
      dispatcher: () => dispatcher,
      target: { origin, path: "/" },
      patience: 0,
      explain: (error) => error,
    });
  return { ask, connections: () => connections };
}

const BYTES = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) >> 8));

describe("exchange", () => {
  it("asks one after the other over one connection, whatever the method", async () => {
    const { ask, connections } = await startServer((request, response) => {
      request.resume().on("end", () => {
        response.setHeader("content-length", 2);
        response.end(request.method === "HEAD" ? undefined : "{}");
      });
    });
    const body = {
      size: 5,
      open: async function* () {
        yield Buffer.from("hello");
      },
    };
    for (const [method, more] of [["HEAD"], ["GET"], ["PUT", { body }], ["HEAD"]] as const) {
      await (await ask(method, more)).discard();
      expect(String(await (await ask("GET")).bytes(10))).toBe("{}");
    }
    expect(connections()).toBe(1);
  });

  it("waits for no body that is of no interest and does not come", async () => {
    const { ask, connections } = await startServer((_, response) => {
      response.writeHead(201, { "content-length": 7 });
      response.flushHeaders();
    });
    for (let i = 0; i < 2; i++) await (await ask("GET")).discard(); // or this has no end
    expect(connections()).toBe(2);
  });

  it("gives the bytes as they came to a reader who takes its time", async () => {
    const { ask } = await startServer((_, response) => response.end(BYTES));
    const seen: Buffer[] = [];
    for await (const chunk of (await ask("GET")).stream()) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(seen).equals(BYTES)).toBe(true);
    expect(seen.length).toBeLessThan(12);
  });

  it("sends chunks whose buffers are used again", async () => {
    const received: Buffer[] = [];
    const { ask } = await startServer((request, response) => {
      request.on("data", (piece) => received.push(piece)).on("end", () => response.end());
    });
    const buffer = Buffer.alloc(300_000);
    const open = async function* () {
      for (let at = 0, size = 1; at < BYTES.length; at += size, size = size * 3 % 300_001) {
        yield buffer.subarray(0, BYTES.copy(buffer, 0, at, at + size));
        buffer.fill(0);
      }
    };
    await (await ask("PUT", { body: { open } })).discard();
    expect(Buffer.concat(received).equals(BYTES)).toBe(true);
  });

  it("reads headers in several lines, and heeds no early hints", async () => {
    const { ask } = await startServer((_, response) => {
      response.writeEarlyHints({ link: "</early>; rel=preload" });
      response.writeHead(200, { link: ["</a>", "</b>"], "x-once": ["a", "b"] });
      response.end();
    });
    const { status, headers } = await ask("GET");
    expect([status, headers["link"], headers["x-once"]]).toEqual([200, "</a>, </b>", "a"]);
  });

  it("sends no more when it is refused, and lets the source go", async () => {
    const { ask } = await startServer((_, response) => {
      response.writeHead(413).end("too much");
    });
    let isOpen = true;
    const open = async function* () {
      try {
        for (let sent = 0; sent < 1e9; sent += BYTES.length) yield BYTES;
      } finally {
        isOpen = false;
      }
    };
    const reply = await ask("PUT", { body: { open } });
    expect(String(await reply.bytes(100))).toBe("too much");
    await expect.poll(() => isOpen).toBe(false);
  });
});
