/** Uploads: in one request, in two, in many, over broken connections. */
import { createHash } from "node:crypto";
import { createConnection } from "node:net";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { openUploads } from "../../src/serve/uploads.ts";
import { LIMITS } from "../../src/serve/limits.ts";
import { createMemoryStorage } from "../../src/serve/mod.ts";
import {
  type Asked,
  BYTES,
  DIGEST,
  type MemoryAsked,
  servedFromMemory,
  verdictOf,
} from "./setup.ts";

/** Begins an upload into `app`; where it goes on. */
async function begin({ ask }: Asked, query = ""): Promise<string> {
  const answer = await ask("POST", `app/blobs/uploads/${query}`);
  expect([answer.status, answer.headers.get("range")]).toEqual([202, "0-0"]);
  return answer.headers.get("location")!;
}

function patch({ ask }: Asked, path: string, body: string, range?: string): Promise<Response> {
  return ask("PATCH", path, { body, headers: range ? { "content-range": range } : {} });
}

function finish({ ask }: Asked, path: string, body = "", digest: string = DIGEST) {
  return ask("PUT", `${path}?digest=${digest}`, { body });
}

function expectStored({ storage }: MemoryAsked): void {
  expect(storage.repository("app").blobs.get(DIGEST)).toEqual(BYTES);
}

describe("serveRegistry: uploads", () => {
  it("in one request", async () => {
    const asked = await servedFromMemory();
    const answer = await asked.ask("POST", `app/blobs/uploads/?digest=${DIGEST}`, { body: BYTES });
    expect([answer.status, answer.headers.get("location")])
      .toEqual([201, `/v2/app/blobs/${DIGEST}`]);
    expectStored(asked);
  });

  it("in two", async () => {
    const asked = await servedFromMemory();
    const answer = await finish(asked, await begin(asked), "0123456789");
    expect([answer.status, answer.headers.get("docker-content-digest")]).toEqual([201, DIGEST]);
    expectStored(asked);
  });

  it("in chunks, with and without their place, the last one in the end or before", async () => {
    for (const [last, end] of [["", "89"], ["89", ""]] as const) {
      const asked = await servedFromMemory();
      const path = await begin(asked);
      const first = await patch(asked, path, "0123", "0-3");
      expect([first.status, first.headers.get("range")]).toEqual([202, "0-3"]);
      const second = await patch(asked, first.headers.get("location")!, "4567");
      expect(second.headers.get("range")).toBe("0-7");
      if (last !== "") expect((await patch(asked, path, last, "8-9")).status).toBe(202);
      expect((await finish(asked, path, end)).status).toBe(201);
      expectStored(asked);
    }
  });

  it("of digests of another algorithm, and of nothing at all", async () => {
    const asked = await servedFromMemory();
    const digest = `sha512:${createHash("sha512").update(BYTES).digest("hex")}`;
    expect((await finish(asked, await begin(asked), "0123456789", digest)).status).toBe(201);
    const empty = digestOf(new Uint8Array());
    expect((await finish(asked, await begin(asked), "", empty)).status).toBe(201);
    expect((await asked.ask("GET", `app/blobs/${empty}`)).headers.get("content-length")).toBe("0");
  });

  it("say how far they are", async () => {
    const asked = await servedFromMemory();
    const path = await begin(asked);
    await patch(asked, path, "012345");
    const answer = await asked.ask("GET", path);
    expect([answer.status, answer.headers.get("range"), answer.headers.get("location")])
      .toEqual([204, "0-5", path]);
  });

  it("take no chunk but the next one, and say which that is", async () => {
    const asked = await servedFromMemory();
    const path = await begin(asked);
    await patch(asked, path, "0123", "0-3");
    for (const range of ["0-3", "5-8", "3-6", "x", "-4", "4"]) {
      const answer = await patch(asked, path, "4567", range);
      expect(answer.headers.get("range")).toBe("0-3");
      expect(answer.headers.get("location")).toBe(path);
      expect(await verdictOf(answer)).toBe("416 BLOB_UPLOAD_INVALID");
    }
    expect(await verdictOf(await patch(asked, path, "4567", "4-9"))).toBe("400 SIZE_INVALID");
    const end = asked.ask("PUT", `${path}?digest=${DIGEST}`, {
      body: "456789",
      headers: { "content-range": "9-14" },
    });
    expect(await verdictOf(await end)).toBe("416 BLOB_UPLOAD_INVALID");
    expect((await finish(asked, path, "456789")).status).toBe(201);
    expectStored(asked);
  });

  it("that hash to something else are gone", async () => {
    const asked = await servedFromMemory();
    const path = await begin(asked);
    expect(await verdictOf(await finish(asked, path, "other"))).toBe("400 DIGEST_INVALID");
    expect(await verdictOf(await asked.ask("GET", path))).toBe("404 BLOB_UPLOAD_UNKNOWN");
    const whole = await asked.ask("POST", `app/blobs/uploads/?digest=${DIGEST}`, { body: "x" });
    expect(await verdictOf(whole)).toBe("400 DIGEST_INVALID");
    expect(asked.storage.repository("app").blobs.size).toBe(0);
  });

  it("need a digest that is one, and go on when it was none", async () => {
    const asked = await servedFromMemory();
    const path = await begin(asked);
    for (const digest of ["", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e", "../../x"]) {
      expect(await verdictOf(await finish(asked, path, "", digest))).toBe("400 DIGEST_INVALID");
    }
    expect((await finish(asked, path, "0123456789")).status).toBe(201);
  });

  it("are given up", async () => {
    const asked = await servedFromMemory();
    const path = await begin(asked);
    expect((await asked.ask("DELETE", path)).status).toBe(204);
    for (const method of ["GET", "PATCH", "DELETE"]) {
      expect(await verdictOf(await asked.ask(method, path))).toBe("404 BLOB_UPLOAD_UNKNOWN");
    }
    expect(await verdictOf(await finish(asked, path))).toBe("404 BLOB_UPLOAD_UNKNOWN");
  });

  it("belong to one repository", async () => {
    const asked = await servedFromMemory();
    const other = (await begin(asked)).replace("/app/", "/other/");
    expect(await verdictOf(await asked.ask("GET", other))).toBe("404 BLOB_UPLOAD_UNKNOWN");
    expect(await verdictOf(await finish(asked, other))).toBe("404 BLOB_UPLOAD_UNKNOWN");
  });

  it("keep what had come when the client breaks off, and go on from there", async () => {
    const asked = await servedFromMemory();
    const path = await begin(asked);
    const socket = createConnection(Number(new URL(asked.registry.url).port), "127.0.0.1");
    socket.write(`PATCH ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n012345`);
    const range = async () => (await asked.ask("GET", path)).headers.get("range");
    await expect.poll(range).toBe("0-5");
    socket.destroy();
    expect((await finish(asked, path, "6789")).status).toBe(201);
    expectStored(asked);
  });

  it("are the newest call's: one that hangs is broken off", async () => {
    const asked = await servedFromMemory();
    const path = await begin(asked);
    const socket = createConnection(Number(new URL(asked.registry.url).port), "127.0.0.1");
    const closed = new Promise((resolve) => socket.on("close", resolve).on("error", () => {}));
    socket.write(`PATCH ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n012345`);
    const range = async () => (await asked.ask("GET", path)).headers.get("range");
    await expect.poll(range).toBe("0-5");
    expect((await patch(asked, path, "67", "6-7")).status).toBe(202);
    await closed;
    expect((await finish(asked, path, "89")).status).toBe(201);
    expectStored(asked);
  });

  it("are not larger than they may be", async () => {
    const asked = await servedFromMemory({ limits: { blob: 8 } });
    const path = await begin(asked);
    expect((await patch(asked, path, "01234567")).status).toBe(202);
    expect(await verdictOf(await patch(asked, path, "8"))).toBe("413 SIZE_INVALID");
    expect(await verdictOf(await asked.ask("GET", path))).toBe("404 BLOB_UPLOAD_UNKNOWN");
  });

  it("are not more than there may be", async () => {
    const asked = await servedFromMemory({ limits: { uploads: 2 } });
    const path = await begin(asked);
    await begin(asked);
    const more = () => asked.ask("POST", "app/blobs/uploads/");
    expect(await verdictOf(await more())).toBe("429 TOOMANYREQUESTS");
    await asked.ask("DELETE", path);
    expect((await more()).status).toBe(202);
  });
});

describe("openUploads", () => {
  it("drops what nothing has come for", async () => {
    const table = openUploads({ ...LIMITS, idle: -1 });
    const open = () => createMemoryStorage().repository("app").beginBlob();
    const { id } = (await table.add("app", open))!;
    expect(table.find("app", id)).toBeDefined();
    await table.add("app", open);
    expect(table.find("app", id)).toBeUndefined();
  });
});
