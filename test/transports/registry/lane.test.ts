/** The lane for plain answers: what it takes, what it leaves to the ordinary way, and that both say the same. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { Agent } from "undici";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { digestOf } from "../../../src/bytes/digest.ts";
import { pourStream, streamPour } from "../../../src/bytes/pour.ts";
import { lendBuffer, returnBuffer } from "../../../src/bytes/pool.ts";
import { CHUNK_SIZE, type Receiver, streamBytes } from "../../../src/bytes/stream.ts";
import { readContent } from "../../../src/image/content.ts";
import {
  type Answered,
  sendHttpRequest,
  type SizedBody,
} from "../../../transports/lib/http/exchange.ts";
import { formatRequest } from "../../../transports/lib/http/plain-request.ts";
import { Answer } from "../../../transports/registry/http/lane/answer.ts";
import { parsePlainHead } from "../../../transports/registry/http/lane/head.ts";
import { createLane } from "../../../transports/registry/http/lane/lane.ts";
import { startRegistry } from "../../support/registry-server.ts";
import { startTcpServer, type TcpServer } from "../../support/registry/tcp-server.ts";
import { resolveImage, seedImage, testWorld } from "./setup.ts";

const OK = "HTTP/1.1 200 OK\r\n";

describe("an answer without a body", () => {
  it("gives back the buffer that it was read into", () => {
    const clock = { wait() {}, rest() {}, refresh() {}, measure() {}, stop() {} };
    const supply = { clock, more() {}, explain: (error: unknown) => error };
    const buffer = lendBuffer(CHUNK_SIZE);
    const size = buffer.write(`${OK}Content-Length: 5\r\n\r\n`);
    new Answer("HEAD", supply).take(buffer.subarray(0, size));
    const next = lendBuffer(CHUNK_SIZE);
    expect(next.buffer).toBe(buffer.buffer);
    returnBuffer(next);
  });
});

describe("the head of a plain answer", () => {
  it.each([
    [`${OK}Content-Length: 5`, "GET", 5, false],
    [`${OK}content-length:5\t \r\nConnection: Close`, "GET", 5, true],
    [`${OK}Content-Length: 5\r\nConnection: keep-alive`, "HEAD", 0, false],
    ["HTTP/1.1 404 Not Found\r\nTransfer-encoding: chunked", "HEAD", undefined, undefined],
    ["HTTP/1.1 404 Not Found", "HEAD", 0, false],
    ["HTTP/1.1 204 No Content", "GET", 0, false],
    ["HTTP/1.1 206 \r\nContent-Length: 0", "GET", 0, false],
  ])("%j to %s has a body of %s bytes, and is the last: %s", (text, method, length, isLast) => {
    const head = parsePlainHead(text, method);
    expect([head?.length, head?.isLast]).toEqual([length, isLast]);
  });

  it.each([
    "HTTP/1.0 200 OK\r\nContent-Length: 5",
    "HTTP/1.1 100 Continue\r\nContent-Length: 5",
    "HTTP/1.1 600 What\r\nContent-Length: 5",
    "HTTP/1.1 200\r\nContent-Length: 5",
    "HTTP/1.1  200 OK\r\nContent-Length: 5",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 5",
    OK + "X: 1",
    OK + "Content-Length: 5\r\nContent-Length: 5",
    OK + "Content-Length: 5, 5",
    OK + "Content-Length: +5",
    OK + "Content-Length: 0x5",
    OK + "Content-Length: 5.0",
    OK + "Content-Length: 1234567890123456",
    OK + "Content-Length:",
    OK + "Content-Length : 5",
    OK + " Content-Length: 5",
    OK + "Content-Length: 5\r\n folded",
    OK + "Content-Length: 5\nX: 1",
    OK + "Content-Length: 5\rX: 1",
    OK + "Content-Length: 5\r\nX: a\0b",
    OK + "Content-Length: 5\r\nX: \xe4",
    OK + "Content-Length: 5\r\n: x",
    OK + "Content-Length: 5\r\nno colon",
    OK + "Content-Length: 5\r\nTransfer-Encoding: identity",
    OK + "Content-Length: 5\r\nTRANSFER-ENCODING: chunked",
    OK + "Content-Length: 5\r\nUpgrade: h2c",
    OK + "Content-Length: 5\r\nTrailer: x",
    OK + "Content-Length: 5\r\nConnection: keep-alive, close",
    "",
  ])("is not %j", (text) => {
    expect(parsePlainHead(text, "GET")).toBeUndefined();
  });
});

/** A lane to a server, and the ordinary way to it. */
function openWays({ port }: TcpServer, patience = 2_000) {
  const sockets: Socket[] = [];
  const lane = createLane(async (onread) => {
    const socket = connectSocket({ port, host: "127.0.0.1", onread });
    sockets.push(socket);
    await once(socket, "connect");
    return socket.on("error", () => {});
  });
  const dispatcher = new Agent({ allowH2: false });
  onTestFinished(async () => {
    await dispatcher.destroy();
    for (const socket of sockets) socket.destroy();
  });
  const origin = `http://127.0.0.1:${port}`;
  const way = { target: { origin, path: "/" }, patience, explain: (error: unknown) => error };
  const url = new URL(origin);
  return {
    sockets,
    /** Asks by the lane alone. */
    async ask(signal?: AbortSignal): Promise<Answered | undefined> {
      const request = formatRequest("GET", "/", { host: url.host })!;
      return await lane.send(request, { method: "GET", host: url.host, signal, ...way });
    },
    /** Sends a body by the lane alone. */
    async put(body: SizedBody, signal?: AbortSignal): Promise<Answered | undefined> {
      const head = formatRequest("PUT", "/", { host: url.host }, body.size)!;
      return await lane.send(head, { method: "PUT", host: url.host, body, signal, ...way });
    },
    /** Asks in the ordinary way. */
    askOrdinarily: (): Promise<Answered> =>
      sendHttpRequest({ method: "GET", url }, { ...way, dispatcher: () => dispatcher }),
  };
}

const answerTo = (bytes: string | Buffer, isEnd = false) => (socket: Socket) =>
  socket.on("data", () => void (isEnd ? socket.end(bytes) : socket.write(bytes)));

async function textOf(reply: Answered | undefined): Promise<string | undefined> {
  return reply && String(await reply.bytes(1_000_000));
}

describe("the lane", () => {
  it("asks one after the other over one connection, and anew when the server has hung up", async () => {
    const server = await startTcpServer(answerTo(`${OK}Content-Length: 2\r\n\r\n{}`));
    const { ask } = openWays(server);
    for (let i = 0; i < 3; i++) expect(await textOf(await ask())).toBe("{}");
    expect(server.connections).toBe(1);
    let asked = 0;
    const fickle = await startTcpServer((socket) => {
      socket.once("data", () => {
        asked++;
        socket.write(`${OK}Content-Length: 2\r\n\r\n{}`);
        socket.on("data", () => socket.destroy()); // it has had enough, and says so too late
      });
    });
    const ways = openWays(fickle);
    for (let i = 0; i < 3; i++) expect(await textOf(await ways.ask())).toBe("{}");
    expect([asked, fickle.connections]).toEqual([3, 3]);
  });

  it("keeps no process alive for a connection that waits", async () => {
    const server = await startTcpServer(answerTo(`${OK}Content-Length: 2\r\n\r\n{}`));
    const { ask, sockets } = openWays(server);
    const reply = await ask();
    const [ref, unref] = [vi.spyOn(sockets[0]!, "ref"), vi.spyOn(sockets[0]!, "unref")];
    await textOf(reply);
    await expect.poll(() => [ref, unref].map(({ mock }) => mock.calls.length)).toEqual([0, 1]);
    await ask();
    expect([ref, unref].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  it("uses no connection again on which more came than was said", async () => {
    const server = await startTcpServer(answerTo(`${OK}Content-Length: 2\r\n\r\n{}${OK}`));
    const { ask } = openWays(server);
    for (let i = 0; i < 2; i++) expect(await textOf(await ask())).toBe("{}");
    expect(server.connections).toBe(2);
  });

  it("leaves a server alone that has once given an answer that is not plain", async () => {
    const server = await startTcpServer(
      answerTo(`${OK}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
    );
    const { ask, askOrdinarily } = openWays(server);
    for (let i = 0; i < 2; i++) expect(await ask()).toBeUndefined();
    expect(server.connections).toBe(1);
    expect(await textOf(await askOrdinarily())).toBe("{}");
  });

  it("has no patience with silence, but with a reader who takes his time", async () => {
    const silent = openWays(await startTcpServer(answerTo(`${OK}Content-Length: 2\r\n\r\n{`)), 200);
    await expect(silent.ask().then(textOf)).rejects.toThrow("nothing came from");
    const bytes = Buffer.alloc(3_000_000, "0123456789");
    const answer = Buffer.concat([
      Buffer.from(`${OK}Content-Length: ${bytes.length}\r\n\r\n`),
      bytes,
    ]);
    const { ask } = openWays(await startTcpServer(answerTo(answer)), 1000);
    const reply = await ask();
    const seen: Buffer[] = [];
    await pourStream(reply!.stream(), async (chunk) => {
      const wait = seen.length === 0 ? 1600 : 1;
      await new Promise((resolve) => setTimeout(resolve, wait));
      seen.push(Buffer.from(chunk)); // which nobody has written to meanwhile
    });
    expect(Buffer.concat(seen).equals(bytes)).toBe(true);
  });

  it("can be broken off, before and in an answer", async () => {
    const server = await startTcpServer(answerTo(`${OK}Content-Length: 9\r\n\r\n{`));
    const { ask } = openWays(server);
    const never = new AbortController();
    const mute = openWays(await startTcpServer(() => {}));
    setTimeout(() => never.abort(new Error("enough")), 50);
    await expect(mute.ask(never.signal)).rejects.toThrow("enough");
    const later = new AbortController();
    const reply = await ask(later.signal);
    setTimeout(() => later.abort(new Error("enough")), 50);
    await expect(textOf(reply)).rejects.toThrow("enough");
  });

  it("gives what came before the connection broke", async () => {
    const server = await startTcpServer(answerTo(`${OK}Content-Length: 9\r\n\r\nhello`, true));
    const { ask } = openWays(server);
    const reply = await ask();
    let text = "";
    const pouring = pourStream(reply!.stream(), (chunk) => void (text += chunk));
    await expect(pouring).rejects.toThrow("closed");
    expect(text).toBe("hello");
  });
});

const PLAIN = `${OK}Content-Length: 2\r\n\r\n{}`;

/** A server that answers requests without a body plainly, and does as it is told with others. */
function startTaker(take: (body: Buffer, socket: Socket, size: number) => void) {
  return startTcpServer((socket) => {
    let got = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      got = Buffer.concat([got, bytes]);
      const end = got.indexOf("\r\n\r\n") + 4;
      const size = Number(/content-length: (\d+)/.exec(got.toString("latin1", 0, end))?.[1] ?? 0);
      if (end < 4) return;
      if (size === 0) socket.write(PLAIN);
      else take(got.subarray(end), socket, size);
      if (size === got.length - end) got = Buffer.alloc(0);
    });
  });
}

const bodyOf = (size: number, ...chunks: Uint8Array[]): SizedBody => ({
  size,
  open: () => streamBytes(...chunks),
});

describe("the lane's bodies", () => {
  it.each([1, 2, 3, 4])("come whole, in chunks of all sizes (seed %i)", async (seed) => {
    const random = createRandom(seed);
    const server = await startTaker((body, socket, size) => {
      if (body.length < size) return;
      const digest = digestOf(body);
      socket.write(`${OK}Content-Length: ${digest.length}\r\n\r\n${digest}`);
    });
    const { ask, put } = openWays(server);
    expect(await textOf(await ask())).toBe("{}");
    for (let i = 0; i < 4; i++) {
      const chunks = Array.from({ length: 1 + Math.floor(random() * 12) }, () => {
        const most = random() < 0.6 ? 60_000 : 400_000;
        return randomBytes(Math.floor(random() * most));
      });
      const whole = Buffer.concat([...chunks, Buffer.from("!")]);
      const lent = Buffer.alloc(400_000);
      const pour = async (receive: Receiver) => {
        for (const chunk of [...chunks, Buffer.from("!")]) {
          await receive(lent.subarray(0, lent.set(chunk) ?? chunk.length));
          lent.fill("?");
        }
      };
      const open = () => i % 2 === 0 ? streamPour(pour) : streamBytes(...chunks, Buffer.from("!"));
      expect(await textOf(await put({ size: whole.length, open }))).toBe(digestOf(whole));
    }
    expect(server.connections).toBe(1);
  });

  it("wait for a first answer that is plain", async () => {
    const server = await startTaker((_, socket) => void socket.write(PLAIN));
    const { ask, put } = openWays(server);
    expect(await put(bodyOf(2, Buffer.from("hi")))).toBeUndefined();
    expect(server.connections).toBe(0);
    await textOf(await ask());
    expect(await textOf(await put(bodyOf(2, Buffer.from("hi"))))).toBe("{}");
  });

  it("end when the server has refused, which is the answer", async () => {
    const server = await startTaker((body, socket, size) => {
      if (body.length === size) return;
      socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}");
    });
    const { ask, put } = openWays(server);
    await textOf(await ask());
    const gone = Promise.withResolvers<void>();
    async function* open() {
      try {
        for (;;) {
          yield Buffer.alloc(100_000);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        gone.resolve();
      }
    }
    const reply = await put({ size: 1e12, open });
    expect([reply?.status, await textOf(reply)]).toEqual([413, "{}"]);
    await gone.promise;
    await textOf(await ask());
    expect(server.connections).toBe(2);
  });

  it("that cannot be read break the request off, with what the source says", async () => {
    const server = await startTaker((body, socket, size) => {
      if (body.length === size) socket.write(PLAIN);
    });
    const { ask, put } = openWays(server);
    await textOf(await ask());
    const open = async function* () {
      yield Buffer.from("hi");
      throw new Error("no more");
    };
    await expect(put({ size: 5, open })).rejects.toThrow("no more");
    await expect(put(bodyOf(3, Buffer.from("hi")))).rejects.toThrow("not as long");
    await expect(put(bodyOf(1, Buffer.from("hi")))).rejects.toThrow("not as long");
    expect(await textOf(await put(bodyOf(2, Buffer.from("hi"))))).toBe("{}");
  });

  it("are not sent again here: not for a server that hangs up, nor for an odd answer", async () => {
    const rude = await startTaker((_, socket) => socket.destroy());
    const { ask, put } = openWays(rude);
    await textOf(await ask());
    const opened = vi.fn(() => streamBytes(Buffer.from("hi")));
    await expect(put({ size: 2, open: opened })).rejects.toThrow();
    const odd = await startTaker((_, socket) => void socket.write("HTTP/1.0 200 OK\r\n\r\n"));
    const ways = openWays(odd);
    await textOf(await ways.ask());
    await expect(ways.put({ size: 2, open: opened })).rejects.toThrow("another way");
    expect(opened).toHaveBeenCalledTimes(2);
    expect(await ways.put({ size: 2, open: opened })).toBeUndefined();
  });

  it("can be broken off", async () => {
    const { ask, put } = openWays(await startTaker(() => {}));
    await textOf(await ask());
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(put(bodyOf(2, Buffer.from("hi")), stop.signal)).rejects.toThrow("enough");
  });
});

/** Numbers from 0 up to 1, the same for a seed every time. */
function createRandom(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let mixed = Math.imul(seed ^ seed >>> 15, 1 | seed);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 4294967296;
  };
}

describe("the lane says what the ordinary way says, or nothing", () => {
  const PIECES = [
    ...[
      "HTTP/1.1 ",
      "HTTP/1.0 ",
      "200 OK",
      "206 Partial",
      "404 Not Found",
      "100 Continue",
      "204 None",
    ],
    ...["\r\n", "\r\n", "\n", "\r", " ", "\t", ":", "\0", "\xff", "x: y\r\n", "Link: <a>\r\n"],
    ...[
      "Content-Length: 5\r\n",
      "Content-Length: 0\r\n",
      "content-length: 6\r\n",
      "hello",
      "0\r\n",
    ],
    ...["Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "5\r\nhello\r\n0\r\n\r\n"],
  ];
  const GOOD = `${OK}Content-Length: 5\r\nLink: <a>\r\nX: y\r\nLink: <b>\r\n\r\nhello`;

  function spoil(random: () => number): string {
    let text = GOOD;
    for (let times = Math.floor(random() * 4); times > 0; times--) {
      const at = Math.floor(random() * text.length);
      const length = random() < 0.5 ? 0 : Math.floor(random() * 6);
      const piece = PIECES[Math.floor(random() * PIECES.length)]!;
      text = text.slice(0, at) + piece + text.slice(at + length);
    }
    return text;
  }

  it.each([1, 2, 3, 4, 5, 6])("to spoilt answers in pieces (seed %i)", async (seed) => {
    const random = createRandom(seed);
    let answer = Buffer.alloc(0);
    let cut = 0;
    const server = await startTcpServer((socket) =>
      socket.once("data", () => {
        socket.write(answer.subarray(0, cut));
        setImmediate(() => socket.end(answer.subarray(cut)));
      })
    );
    let taken = 0;
    for (let i = 0; i < 100; i++) {
      const text = spoil(random);
      answer = Buffer.from(text, "latin1");
      cut = Math.floor(random() * answer.length);
      const { ask, askOrdinarily } = openWays(server);
      const tell = async (reply: Answered | undefined) =>
        reply && { status: reply.status, headers: { ...reply.headers }, body: await textOf(reply) };
      const plain = await ask().then(tell).catch((error) => String(error.message));
      if (plain === undefined || typeof plain === "string") continue;
      taken++;
      expect([text, await askOrdinarily().then(tell)]).toEqual([text, plain]);
    }
    expect(taken).toBeGreaterThan(10);
  });
});

describe("a registry that is read", () => {
  it("is asked once for each thing", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    const image = await resolveImage(`${registry.host}/app:v1`);
    await readContent(image.layers[0]!, 1e7);
    const whole = registry.log.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(whole).size).toBe(whole.length);
  });

  it("gives the same with the lane and without it", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    const read = async (env: Record<string, string>) => {
      const image = await resolveImage(`${registry.host}/app:v1`, {}, await testWorld({ env }));
      return await readContent(image.layers[0]!, 1e7);
    };
    expect(await read({ NIXOCI_LANE: "off" })).toEqual(await read({}));
    const [off, on] = [registry.log.slice(0, 3), registry.log.slice(3)];
    expect(on.map(({ path }) => path)).toEqual(off.map(({ path }) => path));
  });
});
