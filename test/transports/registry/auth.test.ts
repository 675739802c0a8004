import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Notice } from "../../../src/base/notices.ts";
import { readContent } from "../../../src/image/content.ts";
import { copy } from "../../../src/copy/copy.ts";
import { parseChallenges } from "../../../transports/registry/auth/challenge.ts";
import { image, sourceOf } from "../../support/images.ts";
import { problem, startRegistry } from "../../support/registry-server.ts";
import { listTags, resolveImage, seedImage, sinkAt, sourceAt, testWorld } from "./setup.ts";

const USERS = { me: "pass:word" };
const CREDS = { registry: { creds: "me:pass:word" } };

describe("parseChallenges", () => {
  it.each<[string, unknown]>([
    ["", []],
    ["Basic", [{ scheme: "basic", params: {} }]],
    ['Basic realm="a"', [{ scheme: "basic", params: { realm: "a" } }]],
    ['BEARER Realm="https://a/t",service=s , scope="repository:a:pull,push repository:b:pull"', [{
      scheme: "bearer",
      params: {
        realm: "https://a/t",
        service: "s",
        scope: "repository:a:pull,push repository:b:pull",
      },
    }]],
    ['Negotiate abc==, Basic realm="a, \\"b\\" Bearer", Bearer realm = "c"', [
      { scheme: "negotiate", params: {} },
      { scheme: "basic", params: { realm: 'a, "b" Bearer' } },
      { scheme: "bearer", params: { realm: "c" } },
    ]],
    [",, Basic realm=x,,Digest", [
      { scheme: "basic", params: { realm: "x" } },
      { scheme: "digest", params: {} },
    ]],
    ["Bearer realm=https://a/t?x=y,service=s, Basic", [
      { scheme: "bearer", params: { realm: "https://a/t?x=y", service: "s" } },
      { scheme: "basic", params: {} },
    ]],
    ['Bearer realm="unclosed', [{ scheme: "bearer", params: {} }]],
    ['Bearer __proto__="x",realm="a",realm="b"', [
      { scheme: "bearer", params: { ["__proto__"]: "x", realm: "a" } },
    ]],
  ])("reads %s", (header, challenges) => {
    const got = parseChallenges(header).map(({ scheme, params }) => ({
      scheme,
      params: Object.fromEntries(Object.entries(params)),
    }));
    const want = (challenges as { params: object }[]).map((one) => ({
      ...one,
      params: Object.fromEntries(Object.entries(one.params)),
    }));
    expect(got).toEqual(want);
  });

  it("is not slow on purpose", () => {
    parseChallenges(`Bearer ${'a="'.repeat(100_000)}`);
    parseChallenges(`${"a ".repeat(100_000)}`);
  });
});

describe("registry: basic authentication", () => {
  it("gets in with credentials, reads and writes", async () => {
    const registry = await startRegistry({ basic: USERS });
    const put = await image();
    await copy(sourceOf({ it: put }), await sinkAt(`${registry.host}/app:v1`, CREDS));
    const got = await resolveImage(`${registry.host}/app:v1`, CREDS);
    expect(await readContent(got.layers[0]!, 1e6)).toEqual(await readContent(put.layers[0]!, 1e6));
    // The challenge is asked for once for each session, and never again.
    expect(registry.log.filter(({ status }) => status === 401)).toHaveLength(2);
  });

  it("says what to do without, and with wrong ones, and asks once", async () => {
    const registry = await startRegistry({ basic: USERS });
    for (
      const [options, asked] of [[{}, 1], [{ registry: { creds: "me:wrong" } }, 2]] as const
    ) {
      const before = registry.log.length;
      await expect(resolveImage(`${registry.host}/app:v1`, options)).rejects.toMatchObject({
        code: "AUTH",
        hint: expect.stringContaining("nixoci login"),
      });
      expect(registry.log.length - before).toBe(asked);
    }
  });

  it("asks as nobody when told to, and refuses contradictions", async () => {
    const registry = await startRegistry({ basic: USERS });
    await expect(resolveImage(`${registry.host}/app`, { registry: { anonymous: true } }))
      .rejects.toMatchObject({ code: "AUTH" });
    expect(registry.log.some(({ headers }) => headers.authorization)).toBe(false);
    await expect(sourceAt("a", { registry: { anonymous: true, creds: "a:b" } }))
      .rejects.toMatchObject({ code: "USAGE" });
    await expect(sourceAt("a", { registry: { creds: "secret-without-colon" } }))
      .rejects.toThrow(/^(?!.*secret).*user:password/);
  });
});

describe("registry: bearer tokens", () => {
  it("are bought once for each set of scopes", async () => {
    const registry = await startRegistry({ bearer: { users: USERS, private: true } });
    await copy(
      sourceOf({ it: await image({ layers: [{ a: "1" }, { b: "2" }, { c: "3" }] }) }),
      await sinkAt(`${registry.host}/team/app:v1`, CREDS),
    );
    expect(registry.tokenRequests.map(({ scopes, service }) => [service, ...scopes]))
      .toEqual([["test", "repository:team/app:pull,push"]]);
    await resolveImage(`${registry.host}/team/app:v1`, CREDS);
    expect(registry.tokenRequests.at(-1)!.scopes).toEqual(["repository:team/app:pull"]);
    expect(registry.tokenRequests).toHaveLength(2);
    expect(registry.log.filter(({ status }) => status === 401)).toHaveLength(2);
  });

  it.each([
    'Bearer, Basic realm="x"',
    'Bearer service="x", Basic realm="x"',
    'Bearer realm="", Basic realm="x"',
    'Bearer realm="token server", BASIC',
  ])("are not asked for where nobody says of whom: %s", async (challenge) => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    registry.onRequest = ({ headers }) =>
      headers.authorization?.startsWith("Basic ")
        ? undefined
        : { answer: { status: 401, headers: { "www-authenticate": challenge } } };
    await resolveImage(`${registry.host}/app:v1`, CREDS);
    expect(registry.log.filter(({ status }) => status === 401)).toHaveLength(1);
  });

  it("are given to nobody in particular, too", async () => {
    const registry = await startRegistry({ bearer: { users: USERS } });
    await seedImage(registry, "app", "v1");
    await resolveImage(`${registry.host}/app:v1`);
    expect(registry.tokenRequests[0]!.headers.authorization).toBeUndefined();
    await expect(copy(sourceOf({ it: await image() }), await sinkAt(`${registry.host}/app:v2`)))
      .rejects.toMatchObject({ code: "AUTH" });
  });

  it("are renewed before they expire", async () => {
    const registry = await startRegistry({ bearer: { expiresIn: 60 } });
    await seedImage(registry, "app", "v1");
    let now = Date.now();
    const source = await sourceAt(
      `${registry.host}/app:v1`,
      {},
      await testWorld({ now: () => now }),
    );
    await source.resolve();
    now += 53_000;
    await source.resolve();
    expect(registry.tokenRequests).toHaveLength(1);
    now += 2_000;
    await source.resolve();
    expect(registry.tokenRequests).toHaveLength(2);
    expect(registry.log.filter(({ status }) => status === 401)).toHaveLength(1);
  });

  it("are renewed once when they are refused, and not for ever", async () => {
    const registry = await startRegistry({ bearer: { claimedExpiresIn: null } });
    await seedImage(registry, "app", "v1");
    const source = await sourceAt(`${registry.host}/app:v1`);
    await source.resolve();
    registry.revokeTokens();
    await source.resolve();
    expect(registry.tokenRequests).toHaveLength(2);
    registry.onRequest = () => {
      registry.revokeTokens();
      return undefined;
    };
    await expect(source.resolve()).rejects.toMatchObject({ code: "AUTH" });
    expect(registry.tokenRequests).toHaveLength(3);
  });

  it("are bought with an identity token", async () => {
    const registry = await startRegistry({
      bearer: { refreshTokens: ["refresh me"], private: true },
    });
    await seedImage(registry, "app", "v1");
    await resolveImage(`${registry.host}/app:v1`, { registry: { creds: "<token>:refresh me" } });
    const [{ method, form }] = registry.tokenRequests as [typeof registry.tokenRequests[0]];
    expect(method).toBe("POST");
    expect(Object.fromEntries(form)).toEqual({
      grant_type: "refresh_token",
      service: "test",
      client_id: "nixoci",
      scope: "repository:app:pull",
      refresh_token: "refresh me",
    });
  });

  it.each([404, 405])(
    "are bought with it as a password where POST is answered %d",
    async (status) => {
      const registry = await startRegistry({
        bearer: {
          users: { me: "refresh me" },
          private: true,
          onRequest: ({ method }) => method === "POST" ? { status } : undefined,
        },
      });
      await seedImage(registry, "app", "v1");
      const world = await testWorld();
      const authFile = join(world.home, "auth.json");
      const entry = { auth: Buffer.from("me:").toString("base64"), identitytoken: "refresh me" };
      await writeFile(authFile, JSON.stringify({ auths: { [registry.host]: entry } }));
      await resolveImage(`${registry.host}/app:v1`, { registry: { authFile } }, world);
      expect(registry.tokenRequests.map(({ method }) => method)).toEqual(["POST", "GET"]);
    },
  );

  it("are sent as they are when they are given", async () => {
    const registry = await startRegistry({ bearer: {} });
    await seedImage(registry, "app", "v1");
    await expect(resolveImage(`${registry.host}/app:v1`, { registry: { token: "mine" } }))
      .rejects.toMatchObject({ code: "AUTH" });
    expect(registry.log.at(-1)!.headers.authorization).toBe("Bearer mine");
    expect(registry.tokenRequests).toEqual([]);
  });

  it("for more than we thought, when the registry says so", async () => {
    const registry = await startRegistry({ bearer: {} });
    await seedImage(registry, "app", "v1");
    let isFirst = true;
    registry.onRequest = ({ path }) => {
      if (!path.includes("/manifests/") || !isFirst) return undefined;
      isFirst = false;
      const { realm } = parseChallenges(realmOf)[0]!.params;
      const challenge = `Bearer realm="${realm}",scope="repository:app:pull extra:thing:read"`;
      return { answer: { status: 401, headers: { "www-authenticate": challenge } } };
    };
    const realmOf = await fetch(`${registry.url}/v2/`).then((r) =>
      r.headers.get("www-authenticate")!
    );
    await resolveImage(`${registry.host}/app:v1`);
    expect(registry.tokenRequests.at(-1)!.scopes).toEqual([
      "repository:app:pull",
      "extra:thing:read",
    ]);
  });

  it("for both repositories of a mount", async () => {
    const registry = await startRegistry({ bearer: { users: USERS, private: true } });
    const put = await seedImage(registry, "from", "v1");
    const sink = await sinkAt(`${registry.host}/to:v1`, CREDS);
    const { descriptor } = put.layers[0]!;
    expect(await sink.mount!(descriptor, `${registry.host}/from`)).toBe(true);
    expect(registry.tokenRequests.at(-1)!.scopes)
      .toEqual(["repository:to:pull,push", "repository:from:pull"]);
  });

  it("and when they are refused, the registry is what to log in to", async () => {
    const registry = await startRegistry({ bearer: { users: USERS, private: true } });
    const wrong = { registry: { creds: "me:wrong" } };
    await expect(listTags(`${registry.host}/app`, wrong, await testWorld())).rejects.toMatchObject({
      code: "AUTH",
      hint: expect.stringContaining(`nixoci login ${registry.host},`),
    });
  });

  it("from a server that fails for a while", async () => {
    const registry = await startRegistry({
      bearer: { onRequest: (_, n) => n < 3 ? problem(503, "UNAVAILABLE") : undefined },
    });
    await seedImage(registry, "app", "v1");
    const world = await testWorld();
    await resolveImage(`${registry.host}/app:v1`, {}, world);
    expect(world.pauses).toEqual([250, 500]);
  });

  it.each<[string, string, string]>([
    ["no JSON", "{", "MALFORMED"],
    ["no token", "{}", "MALFORMED"],
    ["a token that would end its header", JSON.stringify({ token: "a\r\nX: y" }), "MALFORMED"],
    ["more than 1 MiB", JSON.stringify({ token: "a".repeat(1 << 20) }), "LIMIT"],
  ])("but not %s", async (_, body, code) => {
    const registry = await startRegistry({
      bearer: { onRequest: () => ({ status: 200, body }) },
    });
    await expect(listTags(`${registry.host}/app`, {}, await testWorld()))
      .rejects.toMatchObject({ code });
  });
});

describe("registry: tokens are asked for only where that is safe (N4)", () => {
  it("never over HTTP for a registry with TLS, nor from what is not a web address", async () => {
    for (const realm of ["ftp://127.0.0.1/token", "", "file:///etc/passwd", "javascript:x"]) {
      const registry = await startRegistry({ bearer: { realm } });
      await expect(resolveImage(`${registry.host}/app`, CREDS)).rejects.toThrow(
        /web address|token/,
      );
    }
  });

  it("never from addresses that are nobody's, however they are written", async () => {
    const hosts = [
      "169.254.169.254",
      "0.0.0.0",
      "[fe80::1]",
      "[::ffff:169.254.169.254]",
      "2852039166",
    ];
    for (const host of hosts) {
      const registry = await startRegistry({ bearer: { realm: `http://${host}/token` } });
      await expect(resolveImage(`${registry.host}/app`, CREDS))
        .rejects.toMatchObject({ code: "UNSAFE" });
    }
  });
});

describe("registry: secrets stay secret (N8)", () => {
  it("in errors, notices and what they were caused by", async () => {
    const CANARY = "c4n4ry-s3cr3t";
    const said: string[] = [];
    const options = {
      onNotice: ({ message }: Notice) => void said.push(message),
      registry: { creds: `me:${CANARY}` },
    };
    const bearer = {
      users: { me: CANARY },
      private: true,
      onRequest: ({ headers }: { headers: { authorization?: string } }, n: number) =>
        n % 2 === 1 ? problem(500, "OOPS", headers.authorization && "no") : undefined,
    };
    const failing = { onRequest: (_: unknown, n: number) => n > 3 ? { reset: true } : undefined };
    const registries = [
      await startRegistry({ bearer, ...failing }),
      await startRegistry({ basic: { me: "another" } }),
      await startRegistry({ bearer: { onRequest: () => ({ status: 200, body: `"${CANARY}` }) } }),
    ];
    for (const { host } of registries) {
      for (let i = 0; i < 3; i++) {
        const error = await resolveImage(`${host}/app:v1`, options).catch((e) => e);
        for (let e = error; e; e = e.cause) said.push(String(e.stack), JSON.stringify(e));
      }
    }
    expect(said.length).toBeGreaterThan(6);
    const all = said.join("\n");
    expect(all).not.toContain(CANARY);
    expect(all).not.toContain(Buffer.from(`me:${CANARY}`).toString("base64"));
    expect(all).not.toMatch(/token-[0-9a-f]{8}/);
  });
});
