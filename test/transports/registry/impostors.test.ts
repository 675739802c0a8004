/** Web servers that answer in a registry's place, and registries that look like them. */
import { describe, expect, it } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { image, sourceOf } from "../../support/images.ts";
import {
  type Answer,
  json,
  type LoggedRequest,
  startRegistry,
} from "../../support/registry-server.ts";
import {
  headDigest,
  listTags,
  login,
  resolveImage,
  seedImage,
  sinkAt,
  testWorld,
} from "./setup.ts";

const PAGE = "\n<!DOCTYPE html><html><title>Welcome to the hotel</title></html>";
const ME = { username: "me", password: "secret" };
const page = (status: number, type = "text/html; charset=utf-8"): Answer => ({
  status,
  headers: { "content-type": type },
  body: PAGE,
});
const impostor = (answer: (request: LoggedRequest) => Answer) =>
  startRegistry({ onRequest: (request) => ({ answer: answer(request) }) });

describe("registry: a web page", () => {
  it.each([
    ["a captive portal's", () => page(200)],
    ["under another type", () => page(200, "application/octet-stream")],
    ["for GET alone", ({ method }: LoggedRequest) => page(method === "GET" ? 200 : 405)],
    ["not found", () => page(404)],
    ["for what is sent", ({ method }: LoggedRequest) => page(method === "HEAD" ? 404 : 200)],
  ])("%s is not a registry's answer", async (_, answer) => {
    const { host } = await impostor(answer);
    const isNone = { hint: undefined } as { hint?: unknown; message?: unknown };
    const fails = async (doing: Promise<unknown>): Promise<void> => {
      const { message, hint } = await doing.then(() => isNone, (error) => error);
      expect(`${message} ${hint}`).toContain("does not look like a registry");
    };
    await fails(resolveImage(`${host}/app:v1`));
    await fails(headDigest(`${host}/app:v1`, {}, await testWorld()));
    await fails(listTags(`${host}/app`, {}, await testWorld()));
    await fails(copy(sourceOf({ it: await image() }), await sinkAt(`${host}/app:v1`)));
    await fails(login(host, ME, {}, await testWorld()));
  });

  it("and what is sent with 307 to one is not stored", async () => {
    const portal = await impostor(() => page(200));
    const { host } = await startRegistry({
      onRequest: ({ path }) => ({
        answer: { status: 307, headers: { location: `${portal.url}${path}` } },
      }),
    });
    await expect(copy(sourceOf({ it: await image() }), await sinkAt(`${host}/app:v1`)))
      .rejects.toThrow(/does not look like a registry/);
    await expect(login(host, ME, {}, await testWorld())).rejects.toThrow(/which got no password/);
  });

  it("that a failing registry or proxy shows is not taken for more", async () => {
    const { host } = await impostor(() => page(403));
    await expect(resolveImage(`${host}/app:v1`)).rejects.toMatchObject({ code: "AUTH" });
  });
});

describe("registry: success of which nothing is said", () => {
  it.each([200, 202, 204])(
    "%d for a manifest is not believed, unless it is there",
    async (status) => {
      const registry = await startRegistry();
      const put = await image();
      const isPut = ({ method, path }: LoggedRequest) =>
        method === "PUT" && path.includes("/manifests/");
      registry.onRequest = (request) => isPut(request) ? { answer: { status } } : undefined;
      await expect(copy(sourceOf({ it: put }), await sinkAt(`${registry.host}/app:v1`)))
        .rejects.toThrow(/says that it has stored the manifest, which is not there/);
      const headers = { location: "", "docker-content-digest": "" };
      registry.onRequest = (request) => isPut(request) ? { status, headers } : undefined;
      await copy(sourceOf({ it: put }), await sinkAt(`${registry.host}/app:v1`));
    },
  );

  it("HEAD of a blob is believed for its digest, its length or its type", async () => {
    const registry = await startRegistry();
    const put = await seedImage(registry, "app", "v1");
    const { descriptor } = put.config;
    const sink = await sinkAt(`${registry.host}/app:v1`);
    const none = { "docker-content-digest": "", "content-length": "", "content-type": "" };
    for (
      const [headers, isThere] of [
        [{}, true],
        [{ ...none, "docker-content-digest": descriptor.digest }, true],
        [{ ...none, "content-length": `${descriptor.size}` }, true],
        [{ ...none, "content-type": "application/octet-stream" }, true],
        [none, false],
        [{ ...none, "content-type": "text/html" }, false],
        [{ ...none, "content-length": `${descriptor.size + 1}` }, false],
        [{ "docker-content-digest": `sha256:${"0".repeat(64)}` }, false],
      ] as [Record<string, string>, boolean][]
    ) {
      registry.onRequest = () => ({ headers });
      expect(await sink.has(descriptor), JSON.stringify(headers)).toBe(isThere);
    }
  });
});

describe("registry: what looks like a web server and is a registry (Quay)", () => {
  it("takes images with 202, and all that has no body is text/html", async () => {
    const registry = await startRegistry();
    registry.onRequest = ({ method }) =>
      method === "GET" ? undefined : {
        headers: { "content-type": "text/html; charset=utf-8" },
        ...method === "PUT" && { status: 202 },
      };
    await copy(sourceOf({ it: await image() }), await sinkAt(`${registry.host}/app:v1`));
    registry.onRequest = undefined;
    await resolveImage(`${registry.host}/app:v1`);
  });

  it.each<Answer>([
    json(200, {}),
    { status: 200 },
    { status: 200, headers: { "content-type": "text/html" }, body: "true" },
    {
      status: 200,
      headers: { "docker-distribution-api-version": "registry/2.0" },
      body: "hello",
    },
  ])("lets us log in with %j", async (answer) => {
    const { host } = await impostor(() => answer);
    await login(host, ME, {}, await testWorld());
  });
});

describe("registry: HEAD that is refused", () => {
  it("to a token that does not allow to pull ends no push", async () => {
    const users = { me: "secret" };
    const registry = await startRegistry({ bearer: { users, private: true } });
    const asked = await fetch(`${registry.url}/v2/app/manifests/v1`);
    const headers = { "www-authenticate": asked.headers.get("www-authenticate")! };
    // To HEAD no token is good enough.
    registry.onRequest = ({ method }) =>
      method === "HEAD" ? { answer: { status: 401, headers } } : undefined;
    const sink = await sinkAt(`${registry.host}/app:v1`, { registry: { creds: "me:secret" } });
    await copy(sourceOf({ it: await image() }), sink);
    expect(registry.repository("app").tags.size).toBe(1);
  });

  it.each([
    [{ basic: { me: "secret" } }, {}, 1],
    [{ basic: { me: "secret" } }, { creds: "me:wrong" }, 2],
    [{ bearer: { users: { me: "secret" } } }, {}, 2],
  ])("to nobody or with a wrong password ends it: %j %j", async (guard, creds, requests) => {
    const registry = await startRegistry(guard);
    registry.onRequest = ({ headers }) =>
      headers.authorization?.startsWith("Bearer")
        ? { answer: { status: 401, headers: { "www-authenticate": 'Bearer realm="x"' } } }
        : undefined;
    const sink = await sinkAt(`${registry.host}/app:v1`, { registry: creds });
    await expect(copy(sourceOf({ it: await image() }), sink)).rejects.toMatchObject({
      code: "AUTH",
      hint: expect.stringContaining("nixoci login"),
    });
    expect(registry.log).toHaveLength(requests);
  });

  it.each([400, 401, 403, 404, 405, 429, 500, 501, 503])("with %d ends no push", async (status) => {
    const registry = await startRegistry();
    registry.onRequest = ({ method }) => method === "HEAD" ? { answer: { status } } : undefined;
    const put = await image();
    await copy(sourceOf({ it: put }), await sinkAt(`${registry.host}/app:v1`));
    expect(registry.repository("app").tags.get("v1")).toBe(put.manifest.descriptor.digest);
  });

  it.each([400, 401, 403, 404, 405, 429, 500, 501, 503])(
    "with %d ends no look at a digest, for which GET does",
    async (status) => {
      const registry = await startRegistry();
      const put = await seedImage(registry, "app", "v1");
      registry.onRequest = ({ method }) => method === "HEAD" ? { answer: { status } } : undefined;
      const got = await headDigest(`${registry.host}/app:v1`, {}, await testWorld());
      expect(got.digest).toBe(put.manifest.descriptor.digest);
      await expect(headDigest(`${registry.host}/app:v2`, {}, await testWorld()))
        .rejects.toMatchObject({ code: "NOT_FOUND" });
    },
  );
});
