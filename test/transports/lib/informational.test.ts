import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Agent, buildConnector } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { streamBytes } from "../../../src/bytes/stream.ts";
import { sendHttpRequest } from "../../../transports/lib/http/exchange.ts";
import { acceptContinue } from "../../../transports/lib/http/informational.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n";
const MORE = "HTTP/1.1 102 Processing\r\nx-much: HTTP/1.1 100\r\n\r\n" +
  "HTTP/1.1 100 Go on\r\nContent-Length: 9\r\n\r\n" +
  "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n";
// What a blob may look like.
const BODY = `${CONTINUE}HTTP/1.1 100`;

/** A server that answers with what `answer` writes when a request's head has come, or its body too. */
async function startServer(answer: (socket: Socket, request: string) => unknown) {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on("error", () => {});
    socket.on("data", (bytes) => void answer(socket, bytes.toString()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const dispatcher = new Agent({ connect: acceptContinue(buildConnector({ allowH2: false })) });
  onTestFinished(async () => {
    await dispatcher.destroy();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = async (method: string, text?: string, isSized = true) => {
    const bytes = Buffer.from(text ?? "");
    const body = text === undefined ? undefined : {
      ...(isSized && { size: bytes.length }),
      open: () => streamBytes(bytes),
    };
    const reply = await sendHttpRequest({ method, url: new URL(origin), body }, {
      dispatcher: () => dispatcher,
      target: { origin, path: "/" },
      patience: 5_000,
      explain: (error) => error,
    });
    return [reply.status, String(await reply.bytes(1000))] as const;
  };
  return { ask, connections: () => connections };
}

describe("exchange: answers before the answer", () => {
  it.each<[method: string, body?: string]>([
    ["GET"],
    ["HEAD"],
    ["POST"],
    ["DELETE"],
    ["PUT", "some bytes"],
    ["PATCH", "some bytes"],
    ["POST", "some bytes"],
  ])("are skipped after %s %s, over one connection", async (method, body) => {
    const { ask, connections } = await startServer((socket, request) => {
      if (!/^[A-Z]+ \//.test(request)) return;
      socket.write(CONTINUE);
      socket.write(MORE + (method === "HEAD" ? OK : OK + "{}"));
    });
    for (let time = 0; time < 3; time++) {
      expect(await ask(method, body)).toEqual([200, method === "HEAD" ? "" : "{}"]);
    }
    expect(connections()).toBe(1);
  });

  it("are skipped however the bytes are cut", async () => {
    const all = CONTINUE + CONTINUE + MORE + OK;
    const { ask } = await startServer(async (socket) => {
      socket.setNoDelay();
      for (const byte of all) {
        socket.write(byte);
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.write("{}");
    });
    expect(await ask("GET")).toEqual([200, "{}"]);
    expect(await ask("PUT", "some bytes")).toEqual([200, "{}"]);
  });

  it("are not looked for in bodies", async () => {
    const { ask } = await startServer(async (socket, request) => {
      if (!request.startsWith("GET")) return;
      socket.write(`${CONTINUE}HTTP/1.1 200 OK\r\ncontent-length: ${BODY.length}\r\n\r\n`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.write(BODY);
    });
    for (let time = 0; time < 2; time++) expect(await ask("GET")).toEqual([200, BODY]);
  });

  it("are skipped while a body of unknown size is sent, one that looks like a request too", async () => {
    const { ask } = await startServer((socket, request) => {
      socket.write(CONTINUE);
      if (request.endsWith("0\r\n\r\n")) socket.write(`${MORE}${OK}{}`);
    });
    expect(await ask("PATCH", "GET / HTTP/1.1\r\n\r\n", false)).toEqual([200, "{}"]);
  });
});
