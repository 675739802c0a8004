/** Bearer tokens: how clients get them, and what is taken for one. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createSignedToken, readToken } from "../../src/serve/auth/jwt.ts";
import {
  type AllowActions,
  createJoinedAround,
  createPage,
  createTokenAuth,
  createTokenService,
} from "../../src/serve/mod.ts";
import { DIGEST, jsonOf, servedFromMemory, verdictOf } from "./setup.ts";

const REALM = "https://example.com/token";
const ED = generateKeyPairSync("ed25519");
const KEYS = {
  ed25519: ED,
  "P-256": generateKeyPairSync("ec", { namedCurve: "P-256" }),
  RSA: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};

/** Everybody's password is `secret`; `me` may do all, others may pull. */
async function servedWithTokens(key: KeyObject = ED.privateKey) {
  const allow: AllowActions = (user, { actions }) =>
    user === "me" ? actions : actions.filter((action) => action === "pull");
  const check = (_: string, password: string) => password === "secret";
  const asked = await servedFromMemory({
    around: createJoinedAround([
      createTokenService({ key, check, allow }),
      createTokenAuth({ key, realm: REALM }),
      createPage("/metrics", async () => ({ status: 200 })),
    ]),
  });
  asked.storage.repository("app");
  const basic = (user: string) => ({ authorization: `Basic ${btoa(`${user}:secret`)}` });
  const tokenOf = async (user: string, ...scopes: string[]): Promise<string> => {
    const query = scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join("&");
    const answer = await asked.ask("GET", `/token?${query}`, { headers: basic(user) });
    return (await jsonOf<{ token: string }>(answer)).token;
  };
  const askWith = (token: string, method: string, path: string) =>
    asked.ask(method, path, { headers: { authorization: `Bearer ${token}` } });
  return { ...asked, tokenOf, askWith, basic };
}

const NOW = Math.floor(Date.now() / 1000);
const GOOD = {
  iss: "nixoci",
  aud: "nixoci",
  sub: "me",
  exp: NOW + 300,
  access: [{ type: "repository", name: "app", actions: ["pull"] }],
};

describe("createTokenService", () => {
  it.each(Object.entries(KEYS))("signs with %s what the registry takes", async (_, pair) => {
    const { tokenOf, askWith } = await servedWithTokens(pair.privateKey);
    const token = await tokenOf("me", "repository:app:pull,push");
    expect((await askWith(token, "GET", "app/tags/list")).status).toBe(200);
    expect((await askWith(token, "POST", "app/blobs/uploads/")).status).toBe(202);
    expect((await askWith(token, "GET", "/v2/")).status).toBe(200);
  });

  it("gives no more than the user may do", async () => {
    const { tokenOf, askWith } = await servedWithTokens();
    const token = await tokenOf("they", "repository:app:pull,push,delete");
    expect((await askWith(token, "GET", "app/tags/list")).status).toBe(200);
    const refused = await askWith(token, "POST", "app/blobs/uploads/");
    expect(refused.headers.get("www-authenticate")).toBe(
      `Bearer realm="${REALM}",service="nixoci",scope="repository:app:pull,push",` +
        'error="insufficient_scope"',
    );
    expect(await verdictOf(refused)).toBe("401 UNAUTHORIZED");
    expect((await askWith(token, "DELETE", "app/manifests/v1")).status).toBe(401);
  });

  it("gives no right on another repository, nor to mount from one", async () => {
    const { tokenOf, askWith, storage } = await servedWithTokens();
    const both = await tokenOf("me", "repository:app:pull,push repository:other:pull");
    const one = await tokenOf("me", "repository:app:pull,push");
    storage.repository("other").blobs.set(DIGEST, Buffer.from("0123456789"));
    const mount = `app/blobs/uploads/?mount=${DIGEST}&from=other`;
    expect((await askWith(one, "GET", "other/tags/list")).status).toBe(401);
    expect((await askWith(one, "POST", mount)).status).toBe(401);
    expect((await askWith(both, "POST", mount)).status).toBe(201);
  });

  it("takes names with ports and several scopes in one", async () => {
    const { ask, basic } = await servedWithTokens();
    const scope = "repository:a/b:pull%20repository:c:pull%20nonsense%20registry:catalog:*";
    const answer = await ask("GET", `/token?scope=${scope}`, { headers: basic("me") });
    const { token } = await jsonOf<{ token: string }>(answer);
    const access = readToken(token, ED.publicKey)!["access"] as { name: string }[];
    expect(access.map(({ name }) => name)).toEqual(["a/b", "c", "catalog"]);
  });

  it("takes a password in a form, and says what is wrong with others", async () => {
    const { ask, askWith } = await servedWithTokens();
    const post = (fields: Record<string, string>) =>
      ask("POST", "/token", {
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: `${new URLSearchParams(fields)}`,
      });
    const form = { grant_type: "password", username: "me", scope: "repository:app:pull" };
    const good = await post({ ...form, password: "secret" });
    expect(good.headers.get("cache-control")).toBe("no-store");
    const { access_token: token, expires_in: seconds } = await jsonOf<
      { access_token: string; expires_in: number }
    >(good);
    expect(seconds).toBe(300);
    expect((await askWith(token, "GET", "app/tags/list")).status).toBe(200);
    const wrong = await post({ ...form, password: "wrong" });
    expect([wrong.status, await wrong.json()]).toEqual([401, { error: "invalid_grant" }]);
    const other = await post({ grant_type: "refresh_token", refresh_token: "x" });
    expect([other.status, await other.json()]).toEqual([400, { error: "unsupported_grant_type" }]);
    const large = await post({ ...form, password: "x".repeat(100_000) });
    expect(large.status).toBe(413);
  });

  it("gives nothing to those it does not know", async () => {
    const { ask } = await servedWithTokens();
    expect((await ask("GET", "/token")).status).toBe(401);
    const wrong = { headers: { authorization: `Basic ${btoa("me:wrong")}` } };
    expect(await verdictOf(await ask("GET", "/token", wrong))).toBe("401 UNAUTHORIZED");
    expect((await ask("PUT", "/token")).status).toBe(405);
  });
});

describe("createTokenAuth", () => {
  it("shows what is of all repositories to those who may see their catalog", async () => {
    const { tokenOf, askWith } = await servedWithTokens();
    const [app, all] = [await tokenOf("they", "repository:app:pull"), "registry:catalog:*"];
    const refused = await askWith(app, "GET", "/v2/_catalog");
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain(`scope="${all}"`);
    expect((await askWith(app, "GET", "/metrics")).status).toBe(401);
    const catalog = await tokenOf("me", all);
    expect((await askWith(catalog, "GET", "/v2/_catalog")).status).toBe(200);
    expect((await askWith(catalog, "GET", "/metrics")).status).toBe(200);
    expect((await askWith(catalog, "GET", "app/tags/list")).status).toBe(401);
  });

  it("says where tokens are given", async () => {
    const { ask, registry } = await servedWithTokens();
    const about = (answer: Response) => answer.headers.get("www-authenticate");
    expect(about(await ask("GET", "/v2/"))).toBe(`Bearer realm="${REALM}",service="nixoci"`);
    expect(about(await ask("GET", "app/tags/list")))
      .toBe(`Bearer realm="${REALM}",service="nixoci",scope="repository:app:pull"`);
    // A path may hold anything, and a header may not.
    const strange = await fetch(`${registry.url}/v2/a%22b%0a/tags/list`);
    expect(about(strange)).toMatch(/^Bearer [\x20-\x7e]*$/);
  });

  const [header, body, signature] = createSignedToken(GOOD, ED.privateKey).split(".");
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = `${encoded({ alg: "HS256", typ: "JWT" })}.${body}`;
  const publicPem = ED.publicKey.export({ type: "spki", format: "pem" });
  const mac = createHmac("sha256", publicPem).update(unsigned).digest("base64url");
  const signed = (more: Readonly<Record<string, unknown>>) =>
    createSignedToken({ ...GOOD, ...more }, ED.privateKey);
  // What must be understood is not: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11
  const said = `${encoded({ alg: "EdDSA", crit: ["b64"], b64: false })}.${body}`;
  const critical = sign(null, Buffer.from(said), ED.privateKey).toString("base64url");
  it.each<[string, string]>([
    ["with a demand that is not known", `${said}.${critical}`],
    ["with a short signature", `${header}.${body}.AAAA`],
    ["of another key", createSignedToken(GOOD, KEYS["P-256"].privateKey)],
    [
      "of another key of its kind",
      createSignedToken(GOOD, generateKeyPairSync("ed25519").privateKey),
    ],
    ["that is changed", `${header}.${encoded({ ...GOOD, sub: "root" })}.${signature}`],
    ["that is not signed", `${encoded({ alg: "none" })}.${body}.`],
    ["that is not signed, with a signature", `${encoded({ alg: "none" })}.${body}.${signature}`],
    ["whose secret is the public key", `${unsigned}.${mac}`],
    ["without a signature", `${header}.${body}`],
    ["that is none", "x"],
    ["that is over", signed({ exp: NOW - 1 })],
    ["without an end", signed({ exp: undefined })],
    ["whose end is a text", signed({ exp: `${NOW + 300}` })],
    ["of tomorrow", signed({ nbf: NOW + 86_400 })],
    ["for another registry", signed({ aud: "other" })],
    ["of another giver", signed({ iss: "other" })],
    ["without rights", signed({ access: undefined })],
    ["whose rights are of another shape", signed({ access: { app: "pull" } })],
  ])("refuses one %s", async (_, token) => {
    const { askWith } = await servedWithTokens();
    expect((await askWith(token, "GET", "app/tags/list")).status).toBe(401);
  });

  it.each(Object.entries(KEYS))("refuses signatures of any length with %s", async (_, pair) => {
    const { askWith } = await servedWithTokens(pair.privateKey);
    const token = createSignedToken(GOOD, pair.privateKey).split(".").slice(0, 2).join(".");
    for (const length of [1, 63, 65, 1000]) {
      const long = Buffer.alloc(length, 1).toString("base64url");
      expect((await askWith(`${token}.${long}`, "GET", "app/tags/list")).status).toBe(401);
    }
  });

  it("takes one of another service, by its public key alone", async () => {
    const { ask, storage } = await servedFromMemory({
      around: createTokenAuth({
        key: KEYS.RSA.publicKey,
        realm: REALM,
        service: "registry.example.com",
        issuer: "auth.example.com",
      }),
    });
    storage.repository("app");
    const claims = { ...GOOD, iss: "auth.example.com", aud: ["registry.example.com"] };
    const token = createSignedToken(claims, KEYS.RSA.privateKey);
    const headers = { authorization: `Bearer ${token}` };
    expect((await ask("GET", "app/tags/list", { headers })).status).toBe(200);
  });

  it("refuses keys that it cannot sign with", () => {
    const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    expect(() => createTokenAuth({ key, realm: REALM })).toThrow(/key of this kind/);
  });
});
