import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { listen } from "../../support/registry/plain-server.ts";
import { startRegistry } from "../../support/registry-server.ts";
import { listTags, resolveImage, seedImage, sourceAt, testWorld, tlsRegistry } from "./setup.ts";

const insecure = { registry: { tlsVerify: false } };

describe("registry: proxies", () => {
  /** A proxy that can CONNECT and forward, and that leads every name to loopback. */
  async function startProxy(password?: string, no = 407): Promise<{ url: string; seen: string[] }> {
    const seen: string[] = [];
    const isAllowed = (headers: Record<string, unknown>) =>
      password === undefined ||
      headers["proxy-authorization"] === `Basic ${Buffer.from(password).toString("base64")}`;
    const proxy = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      const target = new URL(request.url!);
      void fetch(`http://127.0.0.1:${target.port}${target.pathname}${target.search}`).then(
        async (reply) => {
          response.statusCode = reply.status;
          for (const [name, value] of reply.headers) response.setHeader(name, value);
          response.end(Buffer.from(await reply.arrayBuffer()));
        },
      );
    });
    proxy.on("connect", (request, socket) => {
      seen.push(`CONNECT ${request.url}`);
      if (!isAllowed(request.headers)) {
        return socket.end(`HTTP/1.1 ${no} No\r\n\r\n`);
      }
      const upstream = connect(Number(request.url!.split(":").at(-1)), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(socket);
        socket.pipe(upstream);
      });
      upstream.on("error", () => socket.destroy());
      socket.on("error", () => upstream.destroy());
    });
    const url = await listen(proxy);
    onTestFinished(() => void proxy.close());
    return { url, seen };
  }

  it("are gone through, the handshake being with the registry", async () => {
    const registry = await tlsRegistry();
    const { url, seen } = await startProxy();
    const port = registry.host.split(":")[1];
    const world = await testWorld({ env: { HTTPS_PROXY: url } });
    await resolveImage(`example.com:${port}/app:v1`, insecure, world);
    expect(new Set(seen)).toEqual(new Set([`CONNECT example.com:${port}`]));
    // Without that, the name in the certificate is compared with the registry's, not the proxy's.
    await expect(resolveImage(`example.com:${port}/app:v1`, {}, world))
      .rejects.toMatchObject({ code: "NETWORK" });
  });

  it.each(["and tunnels to it", "and lets nothing through"])(
    "forward plain HTTP where that is allowed and all that is spoken (%s)",
    async (which) => {
      const registry = await startRegistry();
      await seedImage(registry, "app", "v1");
      const isOpen = !which.includes("nothing");
      const { url, seen } = await (isOpen ? startProxy() : startProxy("", 403));
      const port = registry.host.split(":")[1];
      const world = await testWorld({ env: { HTTP_PROXY: url, HTTPS_PROXY: url } });
      await resolveImage(`example.com:${port}/app:v1`, insecure, world);
      expect(seen.at(-1)).toMatch(`GET http://example.com:${port}/v2/app/`);
      // Without that, no: the credentials would be for all to see.
      await expect(resolveImage(`example.com:${port}/app:v1`, {}, world))
        .rejects.toThrow(/does not speak TLS|answers 403/);
    },
  );

  it("are not for loopback, nor for what NO_PROXY names", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    const { url, seen } = await startProxy();
    const world = await testWorld({ env: { ALL_PROXY: url, NO_PROXY: "example.com" } });
    await resolveImage(`${registry.host}/app:v1`, {}, world);
    expect(seen).toEqual([]);
  });

  it("get the password that is in their URL, and their no is shown", async () => {
    const registry = await tlsRegistry();
    const { url } = await startProxy("me:secret");
    const port = registry.host.split(":")[1];
    const open = (env: Record<string, string>) =>
      testWorld({ env }).then((world) =>
        resolveImage(`example.com:${port}/app:v1`, insecure, world)
      );
    await open({ https_proxy: url.replace("//", "//me:secret@") });
    await expect(open({ https_proxy: url })).rejects.toThrow(/the proxy .* answers 407/);
    await expect(open({ https_proxy: "http://127.0.0.1:1" })).rejects.toMatchObject({
      code: "NETWORK",
    });
    await expect(open({ https_proxy: "socks5://me:secret@127.0.0.1:1" }))
      .rejects.toThrow(/^(?!.*secret).*proxy/);
  });
});

describe("registry: proxies that do not answer", () => {
  /** A server that takes connections and says nothing; how many of them are still open. */
  async function startSilence(answer = ""): Promise<{ port: number; open: () => number }> {
    let open = 0;
    const server = createTcpServer((socket) => {
      open++;
      socket.on("error", () => {}).on("close", () => open--);
      socket.once("data", () => void socket.write(answer));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return { port: (server.address() as { port: number }).port, open: () => open };
  }

  it.each(["", "HTTP/1.1 200 OK\r\n\r\n"])(
    "are given up, and their sockets (%j)",
    async (answer) => {
      const { port, open } = await startSilence(answer);
      const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
      const world = await testWorld({ env, patience: 100 });
      await expect(listTags("example.com/app", {}, world)).rejects.toMatchObject({
        code: "NETWORK",
      });
      await expect.poll(open).toBe(0);
    },
  );

  it.each(["", "HTTP/1.1 200 OK\r\n\r\n"])("are left at once when told to (%j)", async (answer) => {
    const { port, open } = await startSilence(answer);
    const world = await testWorld({ env: { HTTPS_PROXY: `http://127.0.0.1:${port}` } });
    const stop = new AbortController();
    const source = await sourceAt("example.com/app", { signal: stop.signal }, world);
    const asked = source.resolve();
    asked.catch(() => {});
    await expect.poll(open).toBe(1);
    stop.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    await expect.poll(open).toBe(0); // with the source still open
  });
});

describe("a proxy that is not there", () => {
  it.each(["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])("is named, and %s too", async (name) => {
    const world = await testWorld({ env: { [name]: "http://127.0.0.1:9" } });
    for (const tlsVerify of [undefined, false]) {
      await expect(listTags("example.com/app", { registry: { tlsVerify } }, world)).rejects
        .toMatchObject({
          code: "NETWORK",
          message: expect.stringContaining("127.0.0.1:9"),
          hint: `is the proxy 127.0.0.1:9 running? ${name} names it`,
        });
    }
  });
});
