/** Clients that are out for something: names that are paths, lengths that lie, requests that never end. */
import { describe, expect, it } from "vitest";
import type { RegistryStorage } from "../../src/serve/mod.ts";
import { BYTES, DIGEST, putBlob, sendRaw, served, servedFromMemory, verdictOf } from "./setup.ts";

/** A storage that must not be asked. */
const UNTOUCHED: RegistryStorage = {
  findRepository: (name) => Promise.reject(new Error(`asked for ${name}`)),
  makeRepository: (name) => Promise.reject(new Error(`asked to make ${name}`)),
};

const NAMES = [
  "..",
  "../../etc",
  "a/../b",
  "%2e%2e/%2e%2e/etc",
  "a%2fb",
  "a//b",
  "/a",
  "a/",
  "App",
  "a\\b",
  "a%00b",
  "a%0d%0ab",
  ".hidden",
  "-a",
  "a..b",
  "ä",
  "a".repeat(256),
  "__proto__",
  "con structor",
];

describe("serveRegistry: hostile names", () => {
  it.each(NAMES)("%s reaches no storage", async (name) => {
    const asked = await served(UNTOUCHED);
    const ends = [
      "tags/list",
      `blobs/${DIGEST}`,
      "manifests/v1",
      "blobs/uploads/",
      `referrers/${DIGEST}`,
    ];
    for (const end of ends) {
      // Raw: clients make paths nicer than they are.
      const method = end.endsWith("uploads/") ? "POST" : "GET";
      const answer = await sendRaw(
        asked,
        `${method} /v2/${name}/${end} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    }
    expect(asked.errors).toEqual([]);
  });

  it.each([
    "sha256:..%2f..%2fetc%2fpasswd",
    "sha256:%2e%2e%2f",
    `sha256:${"A".repeat(64)}`,
    `sha256:${"a".repeat(63)}`,
    `sha256:${"a".repeat(65)}`,
    "sha512:abc",
    "md5:d41d8cd98f00b204e9800998ecf8427e",
    "%",
    "%zz",
    "__proto__",
  ])("the digest %s reaches no storage", async (digest) => {
    const asked = await served(UNTOUCHED);
    for (const method of ["GET", "HEAD", "DELETE"]) {
      const answer = await asked.ask(method, `app/blobs/${digest}`);
      expect(answer.status).toBe(400);
    }
  });

  it("words of the API may be in a repository's name", async () => {
    const asked = await servedFromMemory();
    const name = "app/blobs/uploads";
    await putBlob(asked, name);
    expect((await asked.ask("GET", `${name}/blobs/${DIGEST}`)).status).toBe(200);
    expect((await asked.ask("GET", `tags/list/tags/list`)).status).toBe(404);
  });

  it("names of objects' own properties are repositories like any other", async () => {
    const asked = await servedFromMemory();
    for (const name of ["constructor", "prototype", "tostring"]) {
      expect(await verdictOf(await asked.ask("GET", `${name}/tags/list`))).toBe("404 NAME_UNKNOWN");
    }
    expect(await verdictOf(await asked.ask("GET", "app/manifests/constructor")))
      .toBe("404 NAME_UNKNOWN");
  });
});

describe("serveRegistry: hostile requests", () => {
  it.each(["PROPFIND", "POST", "PATCH", "OPTIONS"])("%s is not for every path", async (method) => {
    const asked = await servedFromMemory();
    await putBlob(asked);
    const answer = await asked.ask(method, `app/blobs/${DIGEST}`);
    expect(answer.headers.get("allow")).toBe("GET, HEAD, DELETE");
    expect(await verdictOf(answer)).toBe("405 UNSUPPORTED");
    for (const path of ["/v2/", "/v2", "/v2/_catalog"]) {
      const answer = await asked.ask(method, path);
      expect(answer.headers.get("allow")).toBe("GET, HEAD");
      expect(await verdictOf(answer)).toBe("405 UNSUPPORTED");
      expect((await asked.ask("HEAD", path)).status).toBe(200);
    }
  });

  it.each(["/", "/v1/", "/v2/app", "/v2/app/other", "/v2//tags/list", "/favicon.ico"])(
    "%s is not a path of the API",
    async (path) => {
      const asked = await servedFromMemory();
      expect((await asked.ask("GET", path)).status).toBe(404);
    },
  );

  it.each(["http://elsewhere/v2/", "*", "//elsewhere:99999/v2/", "/v2/./app/../", "@x/v2/"])(
    "%s leads nowhere",
    async (target) => {
      const asked = await servedFromMemory();
      const answer = await sendRaw(
        asked,
        `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    },
  );

  it("a body that is shorter than it says makes no blob", async () => {
    const asked = await servedFromMemory();
    const text = `POST /v2/app/blobs/uploads/?digest=${DIGEST} HTTP/1.1\r\nHost: x\r\n`;
    await sendRaw(asked, `${text}Content-Length: 20\r\n\r\n0123456789`, { end: true });
    expect(asked.storage.repository("app").blobs.size).toBe(0);
    expect(asked.errors).toEqual([]);
  });

  it("a body that is longer than it says is not a blob, and what follows it no request", async () => {
    const asked = await servedFromMemory();
    const answer = await sendRaw(
      asked,
      `POST /v2/app/blobs/uploads/?digest=${DIGEST} HTTP/1.1\r\nHost: x\r\n` +
        "Content-Length: 10\r\n\r\n0123456789and more\r\n\r\n",
    );
    expect(answer).toMatch(/HTTP\/1\.1 400 /);
    const kept = [...asked.storage.repositories.values()].flatMap((
      { blobs },
    ) => [...blobs.values()]);
    expect(kept.every((bytes) => BYTES.equals(bytes))).toBe(true);
  });

  it("two lengths are none", async () => {
    const asked = await servedFromMemory();
    const answer = await sendRaw(
      asked,
      "POST /v2/app/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" +
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("errors repeat nothing that could be taken for more than text", async () => {
    const asked = await servedFromMemory();
    const answer = await asked.ask("GET", "app/manifests/%3Cscript%3E%0d%0aX-Evil:%201");
    expect(answer.headers.get("x-evil")).toBeNull();
    expect(await answer.text()).not.toContain("script");
  });
});
