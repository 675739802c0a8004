/** What stands on the wire before, after and instead of a registry's answers. */
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { contentOf } from "../../../src/image/content.ts";
import { image, sourceOf } from "../../support/images.ts";
import { startRegistry } from "../../support/registry-server.ts";
import {
  joinWithServer,
  startHastyServer,
  startTcpServer,
} from "../../support/registry/tcp-server.ts";
import { resolveImage, seedImage, sinkAt, testWorld, tlsRegistry } from "./setup.ts";

describe("registry: answers before the answer", () => {
  it.each(["100 Continue", "102 Processing", "103 Early Hints"])(
    "%s is skipped",
    async (status) => {
      const registry = await startRegistry({ without: ["monolithic"] });
      const port = Number(registry.host.split(":")[1]);
      const { host } = await startHastyServer(port, `HTTP/1.1 ${status}\r\n\r\n`);
      const put = await image();
      const world = await testWorld();
      await copy(sourceOf({ it: put }), await sinkAt(`${host}/app:v1`, {}, world));
      expect(world.pauses).toEqual([]);
      expect(new Set(registry.log.map(({ method }) => method)))
        .toEqual(new Set(["HEAD", "POST", "PATCH", "PUT", "DELETE"]));
      const got = await resolveImage(`${host}/app:v1`);
      expect(got.manifest.descriptor).toEqual(put.manifest.descriptor);
      await got.layers[0]!.open()[Symbol.asyncIterator]().next();
    },
  );
});

const portOf = ({ host }: { readonly host: string }): number => Number(host.split(":")[1]);
const insecure = { registry: { tlsVerify: false } };
const isHttp = (bytes: Buffer): boolean => /^[A-Z]+ [^]* HTTP\/1\.1\r\n/.test(bytes.toString());
/** What the detector of plain HTTP sends: a record that is nothing. */
const isProbe = (bytes: Buffer): boolean => bytes[0] === 0x16 && bytes.length < 20;

/** Passes requests in plain HTTP on to a registry; does with all else what `meet` does. */
async function startPlain(meet: (socket: Socket, bytes: Buffer) => void) {
  const registry = await startRegistry();
  await seedImage(registry, "app", "v1");
  const server = await startTcpServer((socket) =>
    socket.once("data", (bytes: Buffer) => {
      if (isHttp(bytes)) joinWithServer(socket, portOf(registry), bytes);
      else meet(socket, bytes);
    })
  );
  return { registry, server };
}

describe("registry: plain HTTP, where it is allowed, of a server", () => {
  it.each<[string, (socket: Socket, bytes: Buffer) => void]>([
    ["that resets what is not HTTP", (socket) => socket.resetAndDestroy()],
    ["that hangs up on what is not HTTP", (socket) => socket.end()],
    ["that says nothing to what is not HTTP", () => {}],
    ["that answers in HTTP too late for the probe", (socket, bytes) => {
      const answer = () => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
      if (isProbe(bytes)) setTimeout(answer, 600).unref();
      else answer();
    }],
  ])("%s, is found", async (_, meet) => {
    const { server } = await startPlain(meet);
    const world = await testWorld({ patience: 500 });
    await resolveImage(`127.0.0.1:${server.port}/app:v1`, {}, world);
    await resolveImage(`0.0.0.0:${server.port}/app:v1`, insecure, world);
  });

  it("that resets TLS, is not asked when HTTPS is demanded: nobody sees the credentials", async () => {
    const { registry, server } = await startPlain((socket) => socket.resetAndDestroy());
    const world = await testWorld({ patience: 500 });
    for (const tlsVerify of [true, undefined]) {
      const options = { registry: { creds: "me:secret", ...(tlsVerify && { tlsVerify }) } };
      await expect(resolveImage(`0.0.0.0:${server.port}/app:v1`, options, world))
        .rejects.toMatchObject({ code: "NETWORK" });
    }
    expect(registry.log).toEqual([]);
  });

  it("is not asked for where TLS is spoken, though the probe is reset", async () => {
    const registry = await tlsRegistry();
    const server = await startTcpServer((socket) =>
      socket.once("data", (bytes: Buffer) => {
        if (isProbe(bytes)) socket.resetAndDestroy();
        else joinWithServer(socket, portOf(registry), bytes);
      })
    );
    await resolveImage(`127.0.0.1:${server.port}/app:v1`, insecure, await testWorld());
    expect(registry.log.length).toBeGreaterThan(0);
    // The certificate says that it is TLS; that nobody trusts it is no reason to speak in clear.
    await expect(resolveImage(`127.0.0.1:${server.port}/app:v1`, {}, await testWorld()))
      .rejects.toThrow(/certificate/);
  });

  it("is named beside HTTPS when neither is answered", async () => {
    const { port } = await startTcpServer((socket) => socket.resetAndDestroy());
    const failure = await resolveImage(`127.0.0.1:${port}/app:v1`, insecure, await testWorld())
      .catch((error) => error);
    expect(failure).toMatchObject({
      code: "NETWORK",
      message: expect.stringMatching(/answers neither by HTTPS \(.*\) nor by HTTP \(.*\)$/),
      hint: "is the registry running, and is this its port?",
    });
  });
});

describe("registry: what is not an answer in HTTP", () => {
  const OK = "HTTP/1.1 200 OK\r\n";
  it.each([
    ["SSH-2.0-OpenSSH_9.6\r\n", "does not speak HTTP"],
    ["\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64", "does not speak HTTP"],
    ["HTTP/1.1 9999 OK\r\n\r\n", "invalid response status"],
    ["HTTP/1.1 000 OK\r\n\r\n", "unknown status"],
    ["HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", "unknown status"],
    ["HTTP/1.1 101 Switching\r\n\r\n", "unknown status"],
    [`${OK}Content-Length: abc\r\n\r\n`, "content-length"],
    [`${OK}Content-Length: -5\r\n\r\n`, "content-length"],
    [`${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`, "headers cannot be read"],
    [`${OK}Content-Length: 99999999999999999999999999\r\n\r\n`, "headers cannot be read"],
    [`${OK}x: a\x01b\r\n\r\n`, "header value"],
    [`${OK}a b: c\r\n\r\n`, "header"],
    [`${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, "chunk size"],
    ["headers without end", "headers have no end"],
  ])("is tried once, and said in one line: %j", async (given, says) => {
    const isEndless = given.startsWith("headers");
    const answer = isEndless ? `${OK}x: ${"y".repeat(2_000_000)}\r\n\r\n` : given;
    const server = await startTcpServer((socket) =>
      socket.once("data", (bytes: Buffer) => {
        const text = isHttp(bytes) ? answer : "HTTP/1.1 400 Bad Request\r\n\r\n";
        socket.end(Buffer.from(text, "latin1"));
      })
    );
    const world = await testWorld();
    const failure = await resolveImage(`${server.host}/app:v1`, {}, world).catch((e) => e);
    expect(failure).toMatchObject({
      code: "NETWORK",
      message: expect.stringContaining(says),
      hint: expect.stringContaining("registry's port"),
    });
    expect(failure.message).not.toMatch(/\n|undici|Response|Error/);
    expect(world.pauses).toEqual([]);
    const sink = await sinkAt(`${server.host}/app:v1`, {}, world);
    await expect(copy(sourceOf({ it: await image() }), sink)).rejects.toBeInstanceOf(Error);
    expect(world.pauses).toEqual([]);
  });

  /** Says what is no HTTP to the PUT of a blob, which a registry gets all the same. */
  async function startUncouth() {
    const registry = await startRegistry();
    const puts: string[] = [];
    const { host } = await startTcpServer((socket) => {
      joinWithServer(socket, portOf(registry));
      socket.on("data", (bytes: Buffer) => {
        const [put] = /^PUT .*\/blobs\//.exec(bytes.toString()) ?? [];
        if (put !== undefined && puts.push(put)) socket.end("hello\n");
      });
    });
    return { registry, puts, host };
  }

  it("has an upload that was sent by the lane looked at again", async () => {
    const { registry, puts, host } = await startUncouth();
    const world = await testWorld();
    const content = contentOf("application/octet-stream", Buffer.from("a blob"));
    const sink = await sinkAt(`${host}/app:v1`, {}, world);
    await sink.put({ kind: "blob", content });
    expect([puts.length, world.pauses.length]).toEqual([1, 1]);
    expect(registry.repository("app").blobs.has(content.descriptor.digest)).toBe(true);
  });

  it("ends an upload at once: there is no way of sending that it would take", async () => {
    const { registry, puts, host } = await startUncouth();
    const world = await testWorld({ env: { NIXOCI_LANE: "off" } });
    const content = contentOf("application/octet-stream", Buffer.from("a blob"));
    const sink = await sinkAt(`${host}/app:v1`, {}, world);
    await expect(sink.put({ kind: "blob", content })).rejects.toThrow(/does not speak HTTP$/);
    expect([puts.length, world.pauses]).toEqual([1, []]);
    expect(registry.log.some(({ method }) => method === "PATCH")).toBe(false);
  });

  it("is none for long headers, as CDNs have them", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    registry.onRequest = () => ({ headers: { "x-long": "x".repeat(100_000) } });
    await resolveImage(`${registry.host}/app:v1`);
  });
});
