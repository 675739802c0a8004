import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { createServer as createTlsServer } from "node:https";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { createImage } from "../../../src/image/documents/assemble.ts";
import { contentOf, readContent } from "../../../src/image/content.ts";
import { networkError } from "../../../transports/registry/http/network-error.ts";
import type { World } from "../../../transports/registry/world.ts";
import { AUTHORITY, CLIENT, SERVER } from "../../support/registry/certificates.ts";
import { image, sourceOf } from "../../support/images.ts";
import { listen } from "../../support/registry/plain-server.ts";
import { startRegistry } from "../../support/registry-server.ts";
import { resolveImage, seedImage, sinkAt, testWorld, tlsRegistry } from "./setup.ts";

async function folder(world: World, name: string, files: Record<string, string>): Promise<string> {
  const path = join(world.home, name);
  await mkdir(path, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text);
  return path;
}

const insecure = { registry: { tlsVerify: false } };

describe("registry: TLS", () => {
  it("is not given up for plain HTTP when the certificate is not trusted (N6)", async () => {
    const registry = await tlsRegistry();
    await expect(resolveImage(`${registry.host}/app:v1`)).rejects.toMatchObject({
      code: "NETWORK",
      message: expect.stringContaining("is not trusted"),
      hint: expect.stringContaining("--cert-dir"),
    });
    expect(registry.log).toEqual([]);
  });

  it("trusts the CA in the folder given, or in certs.d, or in SSL_CERT_FILE", async () => {
    const registry = await tlsRegistry();
    const world = await testWorld();
    const certDir = await folder(world, "certs", { "ca.crt": AUTHORITY });
    await resolveImage(`${registry.host}/app:v1`, { registry: { certDir } }, world);
    for (const place of ["etc/docker", "etc/containers", ".config/containers"]) {
      const own = await testWorld();
      await folder(own, `${place}/certs.d/${registry.host}`, { "ca.crt": AUTHORITY });
      await resolveImage(`${registry.host}/app:v1`, {}, own);
    }
    const env = { SSL_CERT_FILE: join(certDir, "ca.crt") };
    await resolveImage(`${registry.host}/app:v1`, {}, { ...world, env });
  });

  it("carries large blobs, both ways", async () => {
    const registry = await tlsRegistry();
    const sink = await sinkAt(`${registry.host}/app:v2`, insecure);
    const bytes = randomBytes(3_000_000);
    const put = await image({ layers: [{ large: bytes.toString("base64") }], compression: "none" });
    await copy(sourceOf({ it: put }), sink);
    const got = await resolveImage(`${registry.host}/app:v2`, insecure);
    expect(await readContent(got.layers[0]!, 1e7)).toEqual(await readContent(put.layers[0]!, 1e7));
  });

  it("checks the name, whatever CA is trusted", async () => {
    const registry = await tlsRegistry();
    const world = await testWorld();
    const certDir = await folder(world, "certs", { "ca.crt": AUTHORITY });
    const port = registry.host.split(":")[1];
    await resolveImage(`localhost:${port}/app:v1`, { registry: { certDir } }, world);
    const other = createTlsServer(SERVER).listen(0, "127.0.0.2");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const { port: otherPort } = other.address() as { port: number };
    const host = `127.0.0.2:${otherPort}`;
    await expect(resolveImage(`${host}/app:v1`, { registry: { certDir } }, world))
      .rejects.toMatchObject({
        code: "NETWORK",
        message: expect.stringContaining(
          `the certificate of ${host} is for another name`,
        ),
        hint: "use a name that it has, or --tls-verify=false, which trusts anybody",
      });
  });

  it("says which names a certificate has, and when it was good", () => {
    const said = (code: string, cert: object) =>
      networkError(Object.assign(new Error("no"), { code, cert }), "r.test");
    const names = "DNS:a.test, DNS:*.b.test, IP Address:10.0.0.1, URI:x";
    expect(said("ERR_TLS_CERT_ALTNAME_INVALID", { subjectaltname: names }).message)
      .toBe("the certificate of r.test is for another name: it is for a.test, *.b.test, 10.0.0.1");
    expect(said("ERR_TLS_CERT_ALTNAME_INVALID", { subject: { CN: "old.test" } }).message)
      .toContain("it is for old.test");
    expect(said("CERT_HAS_EXPIRED", {})).toMatchObject({
      message: "the certificate of r.test has expired",
      hint: expect.stringContaining("check this machine's clock"),
    });
  });

  it("is not verified when told so", async () => {
    const registry = await tlsRegistry();
    await resolveImage(`${registry.host}/app:v1`, insecure);
  });

  it("shows the client's certificate to the registry, and to nobody else", async () => {
    const strict = { requestCert: true, rejectUnauthorized: true, ca: AUTHORITY };
    const [registry, other] = [await tlsRegistry(strict), await tlsRegistry()];
    const world = await testWorld();
    const certDir = await folder(world, "certs", {
      "ca.crt": AUTHORITY,
      "client.cert": CLIENT.cert,
      "client.key": CLIENT.key,
    });
    const got = await resolveImage(`${registry.host}/app:v1`, { registry: { certDir } }, world);
    registry.onRequest = ({ path }) =>
      path.includes("/blobs/")
        ? {
          answer: {
            status: 307,
            headers: { location: `https://localhost:${other.host.split(":")[1]}${path}` },
          },
        }
        : undefined;
    const [digest, bytes] = [...registry.repository("app").blobs][0]!;
    other.repository("app").blobs.set(digest, bytes);
    await readContent(got.config, 1e6);
    const without = await folder(world, "without", { "ca.crt": AUTHORITY });
    await expect(resolveImage(`${registry.host}/app:v1`, { registry: { certDir: without } }, world))
      .rejects.toMatchObject({ code: "NETWORK" });
  });

  it("finds Docker Hub's folder under its name, then under its API's", async () => {
    // Were the folder not read before a connection is made, this would be where it goes.
    const world = await testWorld({ env: { HTTPS_PROXY: "http://127.0.0.1:1" } });
    const lonely = { "client.cert": CLIENT.cert }; // says which folder was read
    for (const host of ["registry-1.docker.io", "docker.io"]) {
      const path = await folder(world, `etc/docker/certs.d/${host}`, lonely);
      await expect(resolveImage("docker.io/a/b", {}, world)).rejects.toThrow(path);
    }
  });

  it("says what is wrong with the folder", async () => {
    const world = await testWorld();
    const resolve = (certDir: string) =>
      resolveImage("localhost:1/app", { registry: { certDir } }, world);
    await expect(resolve(join(world.home, "absent"))).rejects.toMatchObject({ code: "NOT_FOUND" });
    const lonely = await folder(world, "lonely", { "client.cert": CLIENT.cert });
    await expect(resolve(lonely)).rejects.toThrow("has no client.key beside it");
  });

  it("tokens are never asked for over plain HTTP (N4)", async () => {
    let asked = 0;
    const plain = createServer((_, response) => {
      asked++;
      response.end("{}");
    });
    const realm = `${await listen(plain)}/token`;
    onTestFinished(() => void plain.close());
    const registry = await startRegistry({ tls: SERVER, bearer: { realm } });
    await expect(resolveImage(`${registry.host}/app`, insecure)).rejects.toMatchObject({
      code: "UNSAFE",
      message: expect.stringContaining("without encryption"),
    });
    expect(asked).toBe(0);
  });

  it("uploads do not step down to plain HTTP", async () => {
    const registry = await startRegistry({ tls: SERVER });
    registry.onRequest = ({ method }) =>
      method === "POST"
        ? { answer: { status: 202, headers: { location: `http://${registry.host}/v2/app/x` } } }
        : undefined;
    const sink = await sinkAt(`${registry.host}/app:v1`, insecure);
    await expect(sink.put({ kind: "config", content: (await image()).config })).rejects
      .toMatchObject({ code: "UNSAFE" });
  });
});

describe("registry: plain HTTP", () => {
  it("is for loopback, and for elsewhere only when told", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    const port = registry.host.split(":")[1];
    await resolveImage(`${registry.host}/app:v1`);
    await resolveImage(`localhost:${port}/app:v1`);
    // An address that leads there too, but that nobody would call loopback.
    const elsewhere = `0.0.0.0:${port}/app:v1`;
    await expect(resolveImage(elsewhere)).rejects.toMatchObject({
      code: "NETWORK",
      hint: expect.stringContaining("--tls-verify=false"),
    });
    await resolveImage(elsewhere, insecure);
  });

  it("is never spoken when verified HTTPS is demanded, whatever else is said", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    const world = await testWorld();
    const registriesConf = join(
      await folder(world, "conf", {
        "r.conf": `[[registry]]\nlocation = "${registry.host}"\ninsecure = true`,
      }),
      "r.conf",
    );
    for (const more of [{}, { registriesConf }]) {
      await expect(
        resolveImage(`${registry.host}/app:v1`, { registry: { tlsVerify: true, ...more } }, world),
      ).rejects.toMatchObject({ code: "NETWORK" });
    }
    expect(registry.log).toEqual([]);
    await resolveImage(`${registry.host}/app:v1`, { registry: { registriesConf } }, world);
    const secure = await tlsRegistry();
    const lax = join(
      await folder(world, "lax", {
        "r.conf": `[[registry]]\nlocation = "${secure.host}"\ninsecure = true`,
      }),
      "r.conf",
    );
    await expect(
      resolveImage(
        `${secure.host}/app:v1`,
        { registry: { tlsVerify: true, registriesConf: lax } },
        world,
      ),
    ).rejects.toThrow("is not trusted");
    await resolveImage(`${secure.host}/app:v1`, { registry: { registriesConf: lax } }, world);
  });

  it("is found where the server answers nonsense without a status line", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    // As Python's http.server does, which takes an unreadable request for HTTP/0.9.
    const odd = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (bytes) => {
        if (!bytes.toString("latin1").startsWith("GET ")) {
          return socket.end("<!DOCTYPE HTML>\n<html><p>Bad request syntax</p></html>\n");
        }
        const upstream = connect(Number(registry.host.split(":")[1]), "127.0.0.1");
        upstream.on("error", () => socket.destroy()).write(bytes);
        socket.pipe(upstream).pipe(socket);
      });
    });
    odd.listen(0, "127.0.0.1");
    await once(odd, "listening");
    onTestFinished(() => void odd.close());
    const { port } = odd.address() as { port: number };
    await resolveImage(`127.0.0.1:${port}/app:v1`);
    await resolveImage(`0.0.0.0:${port}/app:v1`, insecure);
  });

  it("is not offered as a way out to who has allowed it", async () => {
    const rude = createTcpServer((socket) => {
      socket.on("error", () => {});
      // Hangs up on the question, and does not answer a handshake with one.
      socket.once("data", (bytes) => bytes.length < 20 ? socket.destroy() : socket.end("hello\n"));
    });
    rude.listen(0, "127.0.0.1");
    await once(rude, "listening");
    onTestFinished(() => void rude.close());
    const { port } = rude.address() as { port: number };
    const error = await resolveImage(`127.0.0.1:${port}/app`, insecure).catch((e) => e);
    expect(error).toMatchObject({ code: "NETWORK" });
    expect(error.hint ?? "").not.toContain("--tls-verify");
  });

  it("is not what a silent server speaks", async () => {
    let asked = 0;
    const silent = createTcpServer((socket) => {
      asked++;
      socket.on("error", () => {});
    });
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as { port: number };
    const world = await testWorld({ patience: 100, sleep: () => Promise.resolve() });
    await expect(resolveImage(`127.0.0.1:${port}/app`, {}, world))
      .rejects.toMatchObject({ code: "NETWORK" });
    expect(asked).toBe(4); // by the probe, on the guess that it is HTTP, by HTTPS, by HTTP
  });
});

describe("registry: foreign layers (N1)", () => {
  it("come from where their descriptor says, without credentials, over TLS only", async () => {
    const elsewhere = await startRegistry({ tls: SERVER });
    const registry = await startRegistry({ basic: { me: "secret" } });
    const bytes = Buffer.from("a foreign layer");
    elsewhere.onRequest = () => ({ answer: { status: 200, body: bytes } });
    const plain = contentOf("application/vnd.docker.image.rootfs.foreign.diff.tar", bytes);
    const layerWith = (urls: string[]) => ({
      ...plain,
      descriptor: { ...plain.descriptor, urls },
      diffId: plain.descriptor.digest,
    });
    const config = contentOf(
      "application/vnd.docker.container.image.v1+json",
      Buffer.from(JSON.stringify({
        rootfs: { type: "layers", diff_ids: [plain.descriptor.digest] },
      })),
    );
    const options = { registry: { ...insecure.registry, creds: "me:secret" } };
    const read = async (urls: string[]) => {
      await seedImage(registry, "app", "v1", createImage("docker", config, [layerWith(urls)]));
      registry.repository("app").blobs.delete(plain.descriptor.digest);
      const got = await resolveImage(`${registry.host}/app:v1`, options);
      return await readContent(got.layers[0]!, 1e6);
    };
    expect(await read([`http://${elsewhere.host}/x`, `${elsewhere.url}/layer`])).toEqual(bytes);
    expect(elsewhere.log.map(({ path, headers }) => [path, headers.authorization]))
      .toEqual([["/layer", undefined]]);
    await expect(read([`http://${elsewhere.host}/x`])).rejects.toMatchObject({ code: "UNSAFE" });
    await expect(read(["https://169.254.169.254/x"])).rejects.toMatchObject({ code: "UNSAFE" });
    await expect(read([])).rejects.toMatchObject({ code: "NOT_FOUND" });
    elsewhere.onRequest = () => ({ answer: { status: 404 } });
    const before = elsewhere.log.length;
    await expect(read([`${elsewhere.url}/gone`])).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(elsewhere.log).toHaveLength(before + 1);
    elsewhere.onRequest = () => ({ answer: { status: 200, body: "another foreign" } });
    await expect(read([`${elsewhere.url}/layer`])).rejects.toMatchObject({ code: "DIGEST" });
  });
});
