import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { contentOf, readContent } from "../../../src/image/content.ts";
import { createBlobContent } from "../../../transports/registry/read/blob.ts";
import { RegistrySession } from "../../../transports/registry/session.ts";
import { type Fault, json, seedBlob, startRegistry } from "../../support/registry-server.ts";
import { listTags, testWorld } from "./setup.ts";

/** Lists the tags of a registry that answers the n-th request for them so. */
async function tagsWhen(answer: (n: number) => Fault["answer"] & object) {
  const registry = await startRegistry();
  let asked = 0;
  registry.onRequest = ({ path }) =>
    path.includes("/tags/list") ? { answer: answer(asked++) } : undefined;
  const listed = listTags(`${registry.host}/app`, {}, await testWorld());
  const outcome = await listed.catch((error) => error);
  return { outcome, asked };
}

const page = (n: number) => ({ link: `</v2/app/tags/list?page=${n}>; rel="next"` });

describe("registry: a list of tags without end", () => {
  it.each([[1, 2], [2, 2], [3, 4]])(
    "that goes in a circle of %i is left",
    async (size, requests) => {
      const { outcome, asked } = await tagsWhen((n) => json(200, { tags: ["a"] }, page(n % size)));
      expect(outcome).toMatchObject({
        code: "MALFORMED",
        message: expect.stringContaining("a page that we have had"),
      });
      expect(asked).toBeLessThanOrEqual(requests + 1);
    },
  );

  it("that leads to its first page is left at once", async () => {
    const link = { link: `</v2/app/tags/list?n=1000>; rel="next"` };
    const { outcome, asked } = await tagsWhen(() => json(200, { tags: ["a"] }, link));
    expect(outcome).toMatchObject({ code: "MALFORMED" });
    expect(asked).toBe(1);
  });

  it("is left when it has become too long", async () => {
    const tags = Array.from({ length: 31_000 }, () => "a".repeat(128));
    const { outcome, asked } = await tagsWhen((n) => json(200, { tags }, page(n)));
    expect(outcome).toMatchObject({ code: "LIMIT" });
    expect(asked).toBe(5);
  });

  it("is read, many and short as they may be", async () => {
    const { outcome } = await tagsWhen(() => json(200, { tags: Array(900_000).fill("a") }));
    expect(outcome).toHaveLength(900_000);
  });
});

describe("registry: a blob without end", () => {
  it.each([[1, 5], [65_535, 5], [65_536, 16]])(
    "of which each connection gives %i bytes is asked for %i times",
    async (bytes, requests) => {
      const registry = await startRegistry();
      const blob = contentOf("application/octet-stream", randomBytes(1024 * 1024));
      seedBlob(registry.repository("app"), await readContent(blob, 1 << 28));
      let asked = 0;
      registry.onRequest = ({ path }) => {
        if (!path.includes("/blobs/")) return undefined;
        asked++;
        return { resetAfter: bytes };
      };
      const of = new RegistrySession({
        host: registry.host,
        repository: "app",
        tlsVerify: undefined,
      }, {
        action: "pull",
        credentials: () => Promise.resolve(undefined),
      }, await testWorld());
      try {
        const read = await readContent(createBlobContent(of, blob.descriptor), 1 << 28).catch((e) =>
          e
        );
        if (bytes === 65_536) expect(read).toHaveLength(1024 * 1024);
        else expect(read).toMatchObject({ code: "NETWORK" });
        expect(asked).toBe(requests);
      } finally {
        await of[Symbol.asyncDispose]();
      }
    },
  );
});
