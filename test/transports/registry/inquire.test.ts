/** Limits and users, from answers such as the real hubs give. */
import { describe, expect, it } from "vitest";
import { checkLogin, readRateLimit } from "../../../transports/registry/mod.ts";
import { parseReference } from "../../../src/image/reference.ts";
import { seedManifest, startRegistry } from "../../support/registry-server.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

describe("the limit on pulls", () => {
  const source = "192.0.2.7";
  it.each([
    ["Docker Hub tells anybody", {
      "ratelimit-limit": "100;w=21600",
      "ratelimit-remaining": "76;w=21600",
      "docker-ratelimit-source": source,
    }, { limit: 100, remaining: 76, windowSeconds: 21600, source }],
    ["Docker Hub tells a user", {
      "ratelimit-limit": "200;w=21600",
      "ratelimit-remaining": "0;w=21600",
      "docker-ratelimit-source": "4e8e2b8a-1111-4222-8333-944455556666",
    }, { limit: 200, remaining: 0, source: "4e8e2b8a-1111-4222-8333-944455556666" }],
    ["there is no window", { "ratelimit-limit": "2000", "ratelimit-remaining": "1999" }, {
      limit: 2000,
      remaining: 1999,
    }],
    ["paid accounts, GHCR and Quay are told nothing", {}, {}],
    ["it is no number", { "ratelimit-limit": "many", "ratelimit-remaining": "-1;w=x" }, {}],
  ])("is read where %s", async (_, headers, expected) => {
    const registry = await startRegistry({
      bearer: {},
      onRequest: ({ method }) => method === "HEAD" ? { headers } : undefined,
    });
    seedManifest(
      registry.repository("ratelimitpreview/test"),
      MANIFEST,
      Buffer.from("{}"),
      "latest",
    );
    const limit = await readRateLimit(parseReference(`${registry.host}/ratelimitpreview/test`));
    expect(limit).toEqual({
      host: registry.host,
      ...expected,
      ...limit.windowSeconds && { windowSeconds: 21600 },
    });
    // A pull would be counted: nothing is asked for with GET but what is not an image.
    const asked = registry.log.map(({ method, path }) => `${method} ${path}`);
    expect(
      asked.filter((line) => line.includes("/manifests/"))
        .every((line) => line.startsWith("HEAD ")),
    ).toBe(true);
  });

  it("is an error where nothing is left", async () => {
    const registry = await startRegistry({
      onRequest: () => ({ status: 429, headers: { "retry-after": "0" } }),
    });
    const asking = readRateLimit(parseReference(`${registry.host}/a`), {
      registry: { retry: 0 },
    });
    await expect(asking).rejects.toThrow(/429/);
  });
});

describe("who we are", () => {
  const users = { me: "secret" };
  it.each([
    ["passwords", { basic: users }],
    ["tokens, for those who are known alone", { bearer: { users, private: true } }],
    ["tokens, as Docker Hub for everybody", { bearer: { users } }],
  ])("is proved to a registry of %s", async (_, options) => {
    const registry = await startRegistry(options);
    const check = (creds: string) => checkLogin(registry.host, { registry: { creds } });
    expect(await check("me:secret")).toEqual({ host: registry.host, username: "me" });
    await expect(check("me:wrong")).rejects.toMatchObject({
      code: "AUTH",
      message: expect.stringContaining("refuses the credentials"),
      hint: expect.stringContaining("nixoci login"),
    });
  });
});
