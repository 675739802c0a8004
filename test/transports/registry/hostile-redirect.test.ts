/** A registry sends us to a server that asks who we are: it is told nothing, whatever it tries. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { contentOf, readContent } from "../../../src/image/content.ts";
import type { TransportOptions } from "../../../transports/mod.ts";
import type { World } from "../../../transports/registry/world.ts";
import { bodyOf, close, listen } from "../../support/registry/plain-server.ts";
import { AUTHORITY, CLIENT, SERVER } from "../../support/registry/certificates.ts";
import { type RegistryServer, startRegistry } from "../../support/registry-server.ts";
import { write } from "./credentials.ts";
import {
  headDigest,
  listTags,
  login,
  resolveImage,
  seedImage,
  sinkAt,
  sourceAt,
  testWorld,
} from "./setup.ts";

const CANARY = "c4n4ry-s3cr3t";
const USERS = { me: CANARY };
const CREDS = { creds: `me:${CANARY}` };
// However it is written: as it is, in Basic, in a form; and what was bought with it.
const TRACES = [CANARY, Buffer.from(`me:${CANARY}`).toString("base64"), "token-"];
const BLOB = contentOf("application/octet-stream", Buffer.from("a blob to push"));
const KEPT = contentOf("application/octet-stream", Buffer.from("a blob that is there"));

interface Thief {
  /** `http://127.0.0.2:PORT`. */
  readonly url: string;
  /** All that came, as text: the request's line, its headers and its body. */
  readonly heard: string[];
}

/** A server that wants to know, and that its own token server be told. */
async function thief(
  { scheme = "Bearer", name = "127.0.0.1", tls = false, realm = "/token" } = {},
): Promise<Thief> {
  const heard: string[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url = "", headers } = request;
    heard.push(`${method} ${url}\n${JSON.stringify(headers)}\n${await bodyOf(request)}`);
    const isToken = url.startsWith("/token");
    const challenge = `${scheme} realm="${new URL(realm, base)}",service="s"`;
    if (!isToken) response.setHeader("www-authenticate", challenge);
    response.statusCode = isToken ? 200 : 401;
    response.end(isToken ? '{"token":"bait"}' : "{}");
  };
  const server = tls ? createTlsServer(SERVER, serve) : createServer(serve);
  const base = (await listen(server, tls ? "https" : "http")).replace("127.0.0.1", name);
  onTestFinished(() => close(server));
  return { url: base, heard };
}

/** One request of each kind: what asks, and the request that it makes. */
const KINDS: readonly {
  readonly kind: string;
  readonly isIt: (method: string, path: string) => boolean;
  readonly ask: (host: string, options: TransportOptions, world: World) => Promise<unknown>;
  /** It is not sent on, or its failure is not the end. */
  readonly isTried?: true;
}[] = [
  {
    kind: "GET /v2/",
    isIt: (_, path) => path === "/v2/",
    isTried: true,
    ask: (host, options, world) =>
      login(host, { username: "me", password: CANARY }, options, world),
  },
  {
    kind: "GET of a manifest",
    isIt: (method, path) => method === "GET" && path.includes("/manifests/"),
    ask: (host, options, world) => resolveImage(`${host}/app:v1`, options, world),
  },
  {
    kind: "HEAD of a manifest",
    isIt: (_, path) => path.includes("/manifests/"),
    ask: (host, options, world) => headDigest(`${host}/app:v1`, options, world),
  },
  {
    kind: "GET of a blob",
    isIt: (method, path) => method === "GET" && path.includes("/blobs/"),
    ask: async (host, options, world) => {
      const { layers } = await resolveImage(`${host}/app:v1`, options, world);
      await readContent(layers[0]!, 1e6);
    },
  },
  {
    kind: "HEAD of a blob",
    isIt: (method, path) => method === "HEAD" && path.includes("/blobs/"),
    isTried: true,
    ask: async (host, options, world) =>
      await (await sinkAt(`${host}/app:v1`, options, world)).has(KEPT.descriptor),
  },
  {
    kind: "tags",
    isIt: (_, path) => path.includes("/tags/"),
    ask: (host, options, world) => listTags(`${host}/app`, options, world),
  },
  {
    kind: "POST of an upload",
    isIt: (method) => method === "POST",
    ask: async (host, options, world) =>
      await (await sinkAt(`${host}/app:v1`, options, world)).put({ kind: "blob", content: BLOB }),
  },
  {
    kind: "PUT of an upload",
    isIt: (method, path) => method === "PUT" && path.includes("/uploads/"),
    isTried: true,
    ask: async (host, options, world) =>
      await (await sinkAt(`${host}/app:v1`, options, world)).put({ kind: "blob", content: BLOB }),
  },
  {
    kind: "mount",
    isIt: (_, path) => path.includes("mount="),
    isTried: true,
    ask: async (host, options, world) => {
      const sink = await sinkAt(`${host}/app:v1`, options, world);
      if (!await sink.mount!(BLOB.descriptor, `${host}/other`)) {
        await sink.put({ kind: "blob", content: BLOB });
      }
    },
  },
];

/** Sends the requests of one kind elsewhere. */
function sendTo(
  registry: RegistryServer,
  { url }: Thief,
  isIt: (method: string, path: string) => boolean,
  status = 307,
): void {
  registry.onRequest = ({ method, path }) =>
    isIt(method, path) ? { answer: { status, headers: { location: `${url}${path}` } } } : undefined;
}

function expectNothingIn({ heard }: Thief): void {
  const all = heard.join("\n");
  for (const trace of TRACES) expect(all).not.toContain(trace);
  expect(all).not.toMatch(/authorization/i);
  expect(heard.filter((request) => request.includes(" /token"))).toEqual([]);
}

/** The world and the options with which certificates of the tests are trusted. */
async function trusting(more: object): Promise<[TransportOptions, World]> {
  const world = await testWorld();
  const certDir = join(world.home, "certs");
  await write(join(certDir, "ca.crt"), AUTHORITY);
  await write(join(certDir, "client.cert"), CLIENT.cert);
  await write(join(certDir, "client.key"), CLIENT.key);
  return [{ registry: { certDir, ...more } }, world];
}

const WAYS = {
  "another port": {},
  "another host": { name: "localhost" },
  "TLS, another port": { from: true, tls: true },
  "TLS, another host": { from: true, tls: true, name: "localhost" },
  "from TLS to none": { from: true, insecure: true },
} as const;

describe.each(KINDS)("registry: a redirect of $kind to one who asks for credentials", (kind) => {
  describe.each(Object.entries(WAYS))("(%s)", (_, way) => {
    const { from = false, insecure = false, ...where } = { from: false, ...way } as {
      from?: boolean;
      insecure?: boolean;
      name?: string;
      tls?: boolean;
    };
    it.each([
      ["Basic", "basic"],
      ["Bearer", "basic"],
      ["Basic", "bearer"],
      ["Bearer", "bearer"],
      ["Bearer", "nothing"],
    ])("with %s, from a registry that wants %s, tells it nothing", async (scheme, wanted) => {
      const registry = await startRegistry({
        ...(wanted === "basic" && { basic: USERS }),
        ...(wanted === "bearer" && { bearer: { users: USERS, private: true } }),
        ...(from && { tls: SERVER }),
      });
      await seedImage(registry, "app", "v1");
      registry.repository("app").blobs.set(KEPT.descriptor.digest, Buffer.from("there"));
      const other = await thief({ ...where, scheme });
      sendTo(registry, other, kind.isIt);
      const [options, world] = await trusting({
        ...CREDS,
        ...(insecure && { tlsVerify: false }),
      });
      const failure = await kind.ask(registry.host, options, world).catch((error) => error);
      expectNothingIn(other);
      // The registry's own token server speaks plain HTTP, which a registry with TLS may not name.
      const isWeak = from && wanted === "bearer";
      if (isWeak || kind.isTried) return;
      expect(failure).toMatchObject({ code: "AUTH" });
      expect(other.heard.length).toBeGreaterThan(0);
    });
  });
});

describe("registry: a redirect to one who asks for credentials", () => {
  it.each([301, 302, 303, 307, 308])("with %d tells it nothing, and is final", async (status) => {
    const reads = KINDS.filter(({ kind, isTried }) => !isTried && !kind.startsWith("POST"));
    for (const { isIt, ask } of reads) {
      const registry = await startRegistry({ basic: USERS });
      await seedImage(registry, "app", "v1");
      const other = await thief();
      sendTo(registry, other, isIt, status);
      await expect(ask(registry.host, { registry: CREDS }, await testWorld()))
        .rejects.toMatchObject({
          code: "AUTH",
          hint: expect.stringContaining("another server"),
        });
      expectNothingIn(other);
      // Nothing is asked twice: after HEAD it may be asked with GET.
      const asked = other.heard.map((request) => request.split("\n")[0]);
      expect(asked.length).toBeGreaterThan(0);
      expect(new Set(asked).size).toBe(asked.length);
    }
  });

  it("tells it nothing of an identity token or a bearer token either", async () => {
    for (const creds of [{ creds: `<token>:${CANARY}` }, { token: CANARY }]) {
      const registry = await startRegistry({
        bearer: { refreshTokens: [CANARY], private: true },
      });
      await seedImage(registry, "app", "v1");
      const other = await thief();
      for (const { isIt } of KINDS) {
        sendTo(registry, other, isIt);
        await resolveImage(`${registry.host}/app:v1`, { registry: creds }).catch(() => {});
      }
      expect(other.heard.length).toBeGreaterThan(0);
      expectNothingIn(other);
    }
  });

  it("does not make us ask a realm that only we can reach", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    const hidden = await thief();
    const other = await thief({ realm: `${hidden.url}/token` });
    for (const { isIt } of KINDS.slice(0, 3)) {
      sendTo(registry, other, isIt);
      await resolveImage(`${registry.host}/app:v1`, { registry: CREDS }).catch(() => {});
    }
    expect(hidden.heard).toEqual([]);
  });

  it("does not spoil what the registry itself has said before", async () => {
    const registry = await startRegistry({ bearer: { users: USERS, private: true } });
    await seedImage(registry, "app", "v1");
    const other = await thief();
    const source = await sourceAt(`${registry.host}/app:v1`, { registry: CREDS });
    await source.resolve();
    sendTo(registry, other, (_, path) => path.includes("/blobs/"));
    await expect(source.resolve()).rejects.toMatchObject({ code: "AUTH" });
    registry.onRequest = undefined;
    await source.resolve();
    expect(registry.tokenRequests).toHaveLength(1);
    expectNothingIn(other);
  });

  it("and sends us back teaches nothing, though it is the registry that asks", async () => {
    const registry = await startRegistry({ basic: USERS });
    await seedImage(registry, "app", "v1");
    const between = await startRegistry({
      onRequest: ({ path }) => ({
        answer: { status: 307, headers: { location: `${registry.url}${path}?back` } },
      }),
    });
    const trap = await thief();
    registry.onRequest = ({ path }) => {
      if (path.endsWith("?back")) {
        const headers = { "www-authenticate": `Bearer realm="${trap.url}/token"` };
        return { answer: { status: 401, headers } };
      }
      if (!path.includes("/blobs/")) return undefined;
      return { answer: { status: 307, headers: { location: `${between.url}${path}` } } };
    };
    await expect(resolveImage(`${registry.host}/app:v1`, { registry: CREDS }))
      .rejects.toMatchObject({ code: "AUTH" });
    expect(trap.heard).toEqual([]);
  });

  it("shows no client certificate to another port of the registry's machine", async () => {
    const registry = await startRegistry({ tls: SERVER });
    await seedImage(registry, "app", "v1");
    const shown: string[] = [];
    const server = createTlsServer(
      { ...SERVER, requestCert: true, rejectUnauthorized: false, ca: AUTHORITY },
      ({ socket }, response) => {
        shown.push(
          Object.keys((socket as import("node:tls").TLSSocket).getPeerCertificate()).join(),
        );
        response.end();
      },
    );
    const url = await listen(server, "https");
    onTestFinished(() => close(server));
    sendTo(registry, { url, heard: [] }, (_, path) => path.includes("/blobs/"));
    const [options, world] = await trusting({});
    await resolveImage(`${registry.host}/app:v1`, options, world).catch(() => {});
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.join("")).toBe("");
  });
});

describe("registry: what is harmless still works", () => {
  it("a redirect to a store that asks for nothing, and gets nothing", async () => {
    for (const wanted of [{ basic: USERS }, { bearer: { users: USERS, private: true } }]) {
      const [registry, store] = [await startRegistry(wanted), await startRegistry()];
      const put = await seedImage(registry, "app", "v1");
      await seedImage(store, "app", "v1", put);
      registry.onRequest = ({ method, path }) =>
        method === "GET" && path.includes("/blobs/")
          ? { answer: { status: 307, headers: { location: `${store.url}${path}` } } }
          : undefined;
      const got = await resolveImage(`${registry.host}/app:v1`, { registry: CREDS });
      expect(await readContent(got.layers[0]!, 1e6)).toEqual(
        await readContent(put.layers[0]!, 1e6),
      );
      expect(store.log.filter(({ headers }) => headers.authorization)).toEqual([]);
    }
  });

  it("a realm elsewhere that the registry itself names, first or later", async () => {
    const registry = await startRegistry({ bearer: { users: USERS, private: true } });
    await seedImage(registry, "app", "v1");
    await resolveImage(`${registry.host}/app:v1`, { registry: CREDS });
    expect(registry.tokenRequests).toHaveLength(1);
    registry.onRequest = ({ path }) => path === "/v2/" ? { answer: { status: 200 } } : undefined;
    await resolveImage(`${registry.host}/app:v1`, { registry: CREDS });
    expect(registry.tokenRequests).toHaveLength(2);
    expect(registry.tokenRequests.every(({ headers }) => headers.authorization)).toBe(true);
  });

  it("a redirect to another path of the registry, which asks there", async () => {
    const registry = await startRegistry({ basic: USERS });
    const put = await seedImage(registry, "app", "v1");
    await seedImage(registry, "moved", "v1", put);
    registry.onRequest = ({ path }) => {
      if (path === "/v2/") return { answer: { status: 200 } };
      if (!path.includes("/app/")) return undefined;
      return { answer: { status: 307, headers: { location: path.replace("/app/", "/moved/") } } };
    };
    await resolveImage(`${registry.host}/app:v1`, { registry: CREDS });
  });
});
