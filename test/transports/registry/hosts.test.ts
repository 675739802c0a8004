/** Credentials stay with the host that they are for. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readContent } from "../../../src/image/content.ts";
import { copy } from "../../../src/copy/copy.ts";
import { image, sourceOf } from "../../support/images.ts";
import { type Fault, type RegistryServer, startRegistry } from "../../support/registry-server.ts";
import { AUTHORITY, SERVER } from "../../support/registry/certificates.ts";
import { write } from "./credentials.ts";
import { resolveImage, seedImage, sinkAt, testWorld } from "./setup.ts";

const USERS = { me: "secret" };
const CREDS = { registry: { creds: "me:secret" } };

/** Sends blobs elsewhere. */
const redirecting =
  (to: (path: string) => string, status = 307) => ({ path }: { path: string }): Fault | undefined =>
    path.includes("/blobs/") ? { answer: { status, headers: { location: to(path) } } } : undefined;

const authorizations = (registry: RegistryServer) =>
  registry.log.filter(({ headers }) => headers.authorization !== undefined).length;

describe("registry: redirects (N2)", () => {
  it.each([301, 302, 303, 307, 308])(
    "with %s are followed, credentials stay behind",
    async (status) => {
      const [registry, other] = [await startRegistry({ basic: USERS }), await startRegistry()];
      const put = await seedImage(registry, "app", "v1");
      await seedImage(other, "app", "v1", put);
      registry.onRequest = redirecting((path) => `${other.url}${path}`, status);
      const got = await resolveImage(`${registry.host}/app:v1`, CREDS);
      expect(await readContent(got.layers[0]!, 1e6)).toEqual(
        await readContent(put.layers[0]!, 1e6),
      );
      expect(other.log.length).toBeGreaterThan(0);
      expect(authorizations(other)).toBe(0);
    },
  );

  it("on the same host keep them", async () => {
    const registry = await startRegistry({ basic: USERS });
    const put = await seedImage(registry, "app", "v1");
    await seedImage(registry, "moved", "v1", put);
    registry.onRequest = ({ path }) =>
      path.startsWith("/v2/app/blobs/")
        ? { answer: { status: 302, headers: { location: path.replace("/app/", "/moved/") } } }
        : undefined;
    await resolveImage(`${registry.host}/app:v1`, CREDS);
  });

  it("to another name or port of the same machine lose them, and back again do not regain them", async () => {
    const [registry, other] = [await startRegistry({ basic: USERS }), await startRegistry()];
    const port = registry.host.split(":")[1];
    await seedImage(registry, "app", "v1");
    const away = redirecting((path) => `http://localhost:${port}${path}`);
    registry.onRequest = (request) =>
      request.headers.host?.startsWith("localhost") ? undefined : away(request);
    await expect(resolveImage(`${registry.host}/app:v1`, CREDS)).rejects.toMatchObject({
      code: "AUTH",
    });
    expect(
      registry.log.filter(({ headers }) =>
        headers.host?.startsWith("localhost") && headers.authorization
      ),
    ).toEqual([]);

    let there = 0;
    registry.onRequest = (request) => there++ < 3 ? away(request) : undefined;
    registry.onRequest = (request) =>
      request.path.includes("?back")
        ? undefined
        : redirecting((path) => `${other.url}${path}`)(request);
    other.onRequest = redirecting((path) => `${registry.url}${path}?back`);
    const before = registry.log.length;
    await expect(resolveImage(`${registry.host}/app:v1`, CREDS)).rejects.toMatchObject({
      code: "AUTH",
    });
    const back = registry.log.slice(before).filter(({ path }) => path.endsWith("?back"));
    expect(back.length).toBeGreaterThan(0);
    expect(back.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it("never take a user's name from the URL", async () => {
    const [registry, other] = [await startRegistry(), await startRegistry()];
    const put = await seedImage(registry, "app", "v1");
    await seedImage(other, "app", "v1", put);
    registry.onRequest = redirecting((path) => `http://you:too@${other.host}${path}`);
    await resolveImage(`${registry.host}/app:v1`);
    expect(authorizations(other)).toBe(0);
  });

  it("are followed ten times, and not eleven", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    const hops = (most: number): RegistryServer["onRequest"] => ({ path }) => {
      if (!path.includes("/blobs/")) return undefined;
      const n = Number(/n=(\d+)/.exec(path)?.[1] ?? 0);
      if (n === most) return undefined;
      return { answer: { status: 307, headers: { location: `${path.split("?")[0]}?n=${n + 1}` } } };
    };
    registry.onRequest = hops(10);
    await resolveImage(`${registry.host}/app:v1`);
    registry.onRequest = hops(11);
    await expect(resolveImage(`${registry.host}/app:v1`)).rejects.toMatchObject({
      code: "REFUSED",
    });
  });

  it("to what is not a web address are refused", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    for (const to of ["file:///etc/passwd", "ftp://127.0.0.1/", "http://[", "data:,x"]) {
      registry.onRequest = redirecting(() => to);
      await expect(resolveImage(`${registry.host}/app:v1`)).rejects.toMatchObject({
        code: "REFUSED",
      });
    }
  });
});

describe("registry: redirects lead no nearer and to nothing weaker (N4, N6)", () => {
  it("are refused when they lead to addresses that are nobody's", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    for (const host of ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]"]) {
      registry.onRequest = redirecting(() => `http://${host}/latest`);
      await expect(resolveImage(`${registry.host}/app:v1`))
        .rejects.toMatchObject({ code: "UNSAFE" });
    }
  });

  it("also on the second hop, and when the first is a token server's", async () => {
    const [registry, other] = [await startRegistry(), await startRegistry()];
    await seedImage(registry, "app", "v1");
    registry.onRequest = redirecting((path) => `${other.url}${path}`);
    other.onRequest = redirecting(() => "http://169.254.169.254/latest");
    await expect(resolveImage(`${registry.host}/app:v1`)).rejects.toMatchObject({ code: "UNSAFE" });
    const location = "http://169.254.169.254/latest";
    const bearer = { onRequest: () => ({ status: 302, headers: { location } }) };
    await expect(resolveImage(`${(await startRegistry({ bearer })).host}/app:v1`))
      .rejects.toMatchObject({ code: "UNSAFE" });
  });

  it("do not step down from TLS, unless it was not to be verified anyway", async () => {
    const registry = await startRegistry({ tls: SERVER, basic: USERS });
    const plain = await startRegistry();
    const put = await seedImage(registry, "app", "v1");
    await seedImage(plain, "app", "v1", put);
    registry.onRequest = redirecting((path) => `${plain.url}${path}`);
    const world = await testWorld();
    const certDir = join(world.home, "certs");
    await write(join(certDir, "ca.crt"), AUTHORITY);
    await expect(
      resolveImage(`${registry.host}/app:v1`, { registry: { ...CREDS.registry, certDir } }, world),
    ).rejects.toMatchObject({
      code: "UNSAFE",
      message: expect.stringContaining("without encryption"),
    });
    expect(plain.log).toEqual([]);
    await resolveImage(`${registry.host}/app:v1`, {
      registry: { ...CREDS.registry, tlsVerify: false },
    });
    expect(plain.log.length).toBeGreaterThan(0);
    expect(authorizations(plain)).toBe(0);
  });
});

describe("registry: uploads that go on elsewhere (N3)", () => {
  it("get the bytes and no credentials", async () => {
    const [registry, other] = [await startRegistry({ basic: USERS }), await startRegistry()];
    registry.onRequest = async ({ method }) => {
      if (method !== "POST") return undefined;
      const location = other.url + await other.beginUpload("app");
      return { answer: { status: 202, headers: { location, range: "0-0" } } };
    };
    // The manifest is refused by the registry: it has none of the blobs, which are put once more.
    await expect(
      copy(sourceOf({ it: await image() }), await sinkAt(`${registry.host}/app:v1`, CREDS)),
    )
      .rejects.toMatchObject({ code: "INCOMPLETE" });
    expect(other.log.filter(({ method }) => method === "PUT")).toHaveLength(4);
    expect(authorizations(other)).toBe(0);
  });

  it("are refused when they lead to addresses that are nobody's", async () => {
    const registry = await startRegistry();
    registry.onRequest = ({ method }) =>
      method === "POST"
        ? { answer: { status: 202, headers: { location: "http://169.254.169.254/x" } } }
        : undefined;
    await expect(copy(sourceOf({ it: await image() }), await sinkAt(`${registry.host}/app:v1`)))
      .rejects.toMatchObject({ code: "UNSAFE" });
  });
});
