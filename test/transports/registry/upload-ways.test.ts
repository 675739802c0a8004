/** Uploads to registries with rules of their own, and through proxies with limits. */
import { describe, expect, it } from "vitest";
import { contentOf } from "../../../src/image/content.ts";
import type { Fault, LoggedRequest } from "../../support/registry-server.ts";
import { problem } from "../../support/registry-server.ts";
import { BLOB, BYTES, expectStored, setup, type SetupOptions } from "./pushing.ts";

const lengthOf = ({ headers }: LoggedRequest): number => Number(headers["content-length"] ?? 0);

/** What GHCR, ECR, Pulp and Google say to chunks with ranges. */
const REGISTRIES: Readonly<Record<string, (request: LoggedRequest) => Fault | undefined>> = {
  "GHCR: none over its limit": (request) =>
    request.headers["content-range"] && lengthOf(request) > 4096
      ? { answer: problem(416, "REQUESTED_RANGE_NOT_SATISFIABLE") }
      : undefined,
  "ECR: a range that stands still": ({ method, headers }) =>
    method === "GET"
      ? { answer: problem(404, "NOT_FOUND") }
      : headers["content-range"]
      ? { headers: { range: "0-4095" } }
      : undefined,
  "Google: none": ({ headers }) =>
    headers["content-range"] ? { answer: problem(400, "UNSUPPORTED") } : undefined,
  "another: a failure of its own": ({ headers }) =>
    headers["content-range"] ? { answer: problem(500, "UNKNOWN") } : undefined,
};

describe.each(Object.entries(REGISTRIES))("registry: an upload to %s", (_, rule) => {
  it("is one request, whatever its size", async () => {
    const { registry, sink, sent } = await setup(rule, { chunkSize: 1000 });
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent()).toEqual(["POST", "PUT 1000000"]);
    expectStored(registry);
  });

  it("arrives though the connection breaks on the way", async () => {
    let n = 0;
    const { registry, sink } = await setup(
      (request) => request.method === "PUT" && ++n === 1 ? { cutAfter: 600_000 } : rule(request),
    );
    await sink.put({ kind: "blob", content: BLOB });
    expectStored(registry);
  });

  it("arrives though one request is refused", async () => {
    const { registry, sink } = await setup((request) =>
      request.method === "PUT" && lengthOf(request) > 0
        ? { answer: problem(405, "UNSUPPORTED") }
        : rule(request)
    );
    await sink.put({ kind: "blob", content: BLOB });
    expectStored(registry);
  });
});

describe("registry: an upload in another way", () => {
  it("is begun with from then on", async () => {
    const { sink, sent } = await setup(undefined, { without: ["monolithic"] });
    await sink.put({ kind: "blob", content: BLOB });
    const before = sent().length;
    const another = contentOf("application/octet-stream", Buffer.from("another"));
    await sink.put({ kind: "blob", content: another });
    expect(sent().slice(before)).toEqual(["POST", "PATCH 7", "PUT 0"]);
  });

  it("is one request again where chunks fail, though they were to be", async () => {
    const { registry, sink, sent } = await setup(
      ({ method, headers }) =>
        method === "PUT" && headers["content-length"] === "1000000" || headers["content-range"]
          ? { answer: problem(405, "UNSUPPORTED") }
          : undefined,
    );
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent()).toEqual(["POST", "PUT 1000000", "DELETE", "POST", "PATCH 1000000", "PUT 0"]);
    expectStored(registry);
  });

  it.each([
    [problem(400, "DIGEST_INVALID"), "REFUSED"],
    [problem(403, "DENIED"), "AUTH"],
    [problem(400, "DENIED"), "REFUSED"],
    [problem(404, "NAME_UNKNOWN"), "NOT_FOUND"],
    [problem(412, "PROJECTPOLICYVIOLATION", "quota exceeded"), "REFUSED"],
  ])("is not tried where %j has nothing to do with it", async (answer, code) => {
    const { sink, registry } = await setup(({ method }) =>
      method === "PUT" ? { answer } : undefined
    );
    await expect(sink.put({ kind: "blob", content: BLOB })).rejects.toMatchObject({ code });
    expect(registry.log.some(({ method }) => method === "PATCH")).toBe(false);
  });

  it.each([400, 404, 405, 411, 416, 422, 500, 501, 502])(
    "is found where one request is answered with %d, small or large",
    async (status) => {
      for (const size of [100, 100_000]) {
        const { registry, sink } = await setup(
          (request) =>
            request.method === "PUT" && lengthOf(request) > 0 ? { answer: { status } } : undefined,
          { smallestChunk: 1000 },
        );
        const blob = contentOf("application/octet-stream", BYTES.subarray(0, size));
        await sink.put({ kind: "blob", content: blob });
        expect(registry.repository("app").blobs.has(blob.descriptor.digest)).toBe(true);
      }
    },
  );

  it("fails with the first failure when all fail", async () => {
    const { sink } = await setup(({ method }) =>
      method === "PUT"
        ? { answer: problem(405, "UNSUPPORTED", "the first") }
        : method === "PATCH"
        ? { answer: problem(405, "UNSUPPORTED", "the second") }
        : undefined
    );
    await expect(sink.put({ kind: "blob", content: BLOB })).rejects.toThrow(/405: the first/);
  });
});

describe("registry: an upload through a proxy with a limit", () => {
  const limited = async (limit: number, options: SetupOptions = {}) =>
    await setup(
      (request) => lengthOf(request) > limit ? { answer: { status: 413 } } : undefined,
      { smallestChunk: 1000, ...options },
    );

  it("has chunks that are halved until they pass", async () => {
    const { registry, sink, sent } = await limited(300_000);
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent().filter((one) => /PUT|PATCH/.test(one))).toEqual([
      "PUT 1000000",
      "PATCH 500000",
      ...["PATCH 250000", "PATCH 250000", "PATCH 250000", "PATCH 250000"],
      "PUT 0",
    ]);
    expectStored(registry);
  });

  it("has no larger ones afterwards, and small blobs in one request", async () => {
    const { sink, sent } = await limited(300_000);
    await sink.put({ kind: "blob", content: BLOB });
    const before = sent().length;
    const [small, large] = [200_000, 400_000].map((size) =>
      contentOf("application/octet-stream", BYTES.subarray(0, size))
    );
    await sink.put({ kind: "blob", content: small! });
    await sink.put({ kind: "blob", content: large! });
    expect(sent().slice(before)).toEqual(
      ["POST", "PUT 200000", "POST", "PATCH 250000", "PATCH 150000", "PUT 0"],
    );
  });

  it("passes where the limit is the smallest of all, and is given up where it is less", async () => {
    const { registry, sink } = await limited(1000, { smallestChunk: 1000 });
    await sink.put({ kind: "blob", content: BLOB });
    expectStored(registry);
    const less = await limited(999, { smallestChunk: 1000 });
    await expect(less.sink.put({ kind: "blob", content: BLOB })).rejects.toThrow(/413/);
  });

  it("is sent in smaller requests where large ones are broken off without a word", async () => {
    const { registry, sink } = await setup(
      (request) => lengthOf(request) > 600_000 ? { reset: true } : undefined,
      { smallestChunk: 1000 },
    );
    await sink.put({ kind: "blob", content: BLOB });
    expectStored(registry);
  });
});

describe("registry: an upload that fails for good", () => {
  it.each([
    [413, /takes? 1 MiB/],
    [402, /quota/],
    [507, /space/],
    [500, /try again later/],
    [503, /try again later/],
    [403, /credentials/],
    [401, /nixoci login/],
  ])("with %d says in one line what to do", async (status, hint) => {
    const headers = { "www-authenticate": 'Basic realm="x"' };
    const { sink, registry } = await setup(
      ({ method }) =>
        method === "POST" ? undefined : { answer: { status, headers, body: "<html>\n</html>" } },
      { basic: { me: "secret" } },
    );
    const failure = await sink.put({ kind: "blob", content: BLOB }).catch((error) => error);
    expect(failure.message).toBe(
      `Cannot push to ${registry.host}/app: ${registry.host} answers ${status}`,
    );
    expect(failure.hint).toMatch(hint);
  });

  it("because there is no such repository says so", async () => {
    const { sink } = await setup(({ method }) =>
      method === "POST" ? { answer: problem(404, "NAME_UNKNOWN") } : undefined
    );
    await expect(sink.put({ kind: "blob", content: BLOB })).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringMatching(/^is there a repository app\? .* may not create it/),
    });
  });

  it("because it is gone again and again, is not begun without end", async () => {
    const { sink, sent } = await setup(({ method }) =>
      method === "PUT" || method === "PATCH" ? { answer: { status: 404 } } : undefined
    );
    await expect(sink.put({ kind: "blob", content: BLOB })).rejects.toThrow(/answers 404/);
    expect(sent().filter((one) => one.startsWith("PUT 1"))).toHaveLength(3);
  });

  it.each([[1000, 5], [65_536, 17]])(
    "or does not, of which each connection takes %d bytes, has %d of them",
    async (bytes, requests) => {
      const { sink, sent } = await setup(({ method }) =>
        method === "PUT" || method === "PATCH" ? { cutAfter: bytes } : undefined
      );
      const done = await sink.put({ kind: "blob", content: BLOB }).then(() => true, () => false);
      expect(done).toBe(bytes > 1000);
      expect(sent().filter((one) => /^P(UT|ATCH)/.test(one))).toHaveLength(requests);
    },
  );
});

describe("registry: other successes than the specification's", () => {
  it.each([200, 201, 202, 204])("%d to POST", async (status) => {
    const { registry, sink } = await setup(({ method }) =>
      method === "POST" ? { status } : undefined
    );
    await sink.put({ kind: "blob", content: BLOB });
    expectStored(registry);
  });

  it.each([200, 201, 202, 204])("%d to PATCH and PUT", async (status) => {
    const { registry, sink } = await setup((request) => {
      if (request.method === "PUT" && lengthOf(request) > 0) return { answer: { status: 405 } };
      return ["PATCH", "PUT"].includes(request.method) ? { status } : undefined;
    });
    await sink.put({ kind: "blob", content: BLOB });
    expectStored(registry);
  });

  it.each([200, 202, 204])(
    "%d to PUT without a word of the blob, if it is there",
    async (status) => {
      const headers = { "docker-content-digest": "", location: "" };
      const kept = await setup(({ method }) => method === "PUT" ? { status, headers } : undefined);
      await kept.sink.put({ kind: "blob", content: BLOB });
      expectStored(kept.registry);
      const lost = await setup(({ method }) =>
        method === "PUT" ? { answer: { status } } : undefined
      );
      await expect(lost.sink.put({ kind: "blob", content: BLOB })).rejects.toMatchObject({
        code: "REFUSED",
        message: expect.stringContaining("which is not there"),
      });
    },
  );

  it("goes on where it is, though the registry takes its protocol for another", async () => {
    const { registry, sink } = await setup(undefined, { without: ["monolithic"] });
    registry.onRequest = ({ method, path }) => {
      const location = `https://${registry.host}${path}`;
      return method === "PATCH" ? { headers: { location } } : undefined;
    };
    await sink.put({ kind: "blob", content: BLOB });
    expectStored(registry);
  });

  it("goes on at the same place where PATCH names none", async () => {
    const { registry, sink } = await setup(
      ({ method }) => method === "PATCH" ? { headers: { location: "", range: "" } } : undefined,
      { without: ["monolithic"] },
    );
    await sink.put({ kind: "blob", content: BLOB });
    expectStored(registry);
  });
});
