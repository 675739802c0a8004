/** Large blobs that another thread fetches: whole, proved, and in the ordinary way where it is odd. */
import { randomBytes } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { pourStream } from "../../../src/bytes/pour.ts";
import type { Shelf } from "../../../src/bytes/stream.ts";
import { writeContentFile } from "../../../src/image/disk/content-file.ts";
import { temporaryFolder } from "../../support/folder.ts";
import type { Fault } from "../../support/registry-server.ts";
import { AUTHORITY, SERVER } from "../../support/registry/certificates.ts";
import { expectWhole, type LargeLayerSetting, serveLargeLayer, spoilByte } from "./large-layer.ts";

const PART = 32 * 1024;
const BYTES = randomBytes(64 * PART + 123);
/** One connection is fast enough, and this thread always has too much to do. */
const BUSY = { partSize: PART, slowRate: 0, busy: -1, threads: 1 };

/** Serves the layer where one connection is fast enough, and this thread busy. */
const setUp = ({ world, ...setting }: LargeLayerSetting = {}) =>
  serveLargeLayer(BYTES, { ...setting, world: { ...BUSY, ...world } });

/** The threads that are started from now on, until the test is over. */
function watchThreads(): Worker[] {
  const threads = process.getBuiltinModule("node:worker_threads");
  const { Worker: Original } = threads;
  const started: Worker[] = [];
  onTestFinished(() => void (threads.Worker = Original));
  threads.Worker = class extends Original {
    constructor(...words: ConstructorParameters<typeof Original>) {
      super(...words);
      started.push(this);
    }
  };
  return started;
}

/** A shelf in memory, said to be a file. */
function shelfAt(path: string, memory = Buffer.alloc(BYTES.length)): Shelf {
  return {
    path,
    keep: (bytes, position) => void memory.set(bytes, position),
    fetch: (into, position) => void into.set(memory.subarray(position, position + into.length)),
  };
}

describe("a large blob by way of another thread", () => {
  it("comes whole, in two requests of one version", async () => {
    const threads = watchThreads();
    const it = await setUp();
    await expectWhole(it);
    const [first, second, ...more] = it.ranges();
    expect([first, more]).toEqual([undefined, []]);
    expect(second).toMatch(new RegExp(`^bytes=\\d+-${BYTES.length - 1}$`));
    expect(it.asked()[1]!.headers["if-range"]).toBe(`"${it.layer.descriptor.digest}"`);
    expect(threads).toHaveLength(1);
    const over = new Promise((resolve) => threads[0]!.once("exit", resolve));
    await it.source[Symbol.asyncDispose]();
    await over;
  });

  it("comes so from a registry that asks who we are, and with a CA of its own", async () => {
    const certDir = await temporaryFolder();
    await writeFile(join(certDir, "ca.crt"), AUTHORITY);
    const it = await setUp({
      registry: { tls: SERVER, basic: { me: "secret" } },
      options: { registry: { certDir, creds: "me:secret" } },
    });
    await expectWhole(it);
    expect(it.ranges()).toHaveLength(2);
    expect(it.asked().map(({ status }) => status)).toEqual([200, 206]);
  });

  it.each<[string, LargeLayerSetting]>([
    ["it is switched off", { world: { env: { NIXOCI_THREADS: "off" } } }],
    ["there is no core for another thread", { world: { threads: 0 } }],
    ["this thread has time", { world: { busy: 2 } }],
    ["it is not that large", { world: { partSize: 4 * PART } }],
    ["the server does not say that it has ranges", {
      fault: (n) => n === 0 ? { headers: { "accept-ranges": "" } } : undefined,
    }],
  ])("is left to this one where %s", async (_, setting) => {
    const threads = watchThreads();
    const it = await setUp(setting);
    await expectWhole(it);
    expect([it.asked().length, threads.length]).toEqual([1, 0]);
  });

  it("is left to this one where the bytes go to no file", async () => {
    const { layer, asked } = await setUp();
    let size = 0;
    await pourStream(layer.open(), (chunk) => void (size += chunk.length));
    expect([size, asked().length]).toEqual([BYTES.length, 1]);
  });

  it.each<[string, Fault]>([
    ["the whole instead of a part", { answer: { status: 200, body: BYTES } }],
    ["another range", { headers: { "content-range": `bytes 0-9/${BYTES.length}` } }],
    ["a part of another version", { headers: { etag: '"another"' } }],
    ["that it does not know us", { answer: { status: 401 } }],
    ["a refusal", { answer: { status: 403 } }],
    ["that it is gone", { answer: { status: 404 } }],
    ["that there is no such range", { answer: { status: 416 } }],
    ["an error", { status: 500 }],
    ["no answer", { reset: true }],
    ["too little", { resetAfter: 10 * PART }],
  ])("goes on here, with one request, where the thread gets %s", async (_, fault) => {
    const it = await setUp({ fault: (n) => n === 1 ? fault : undefined });
    await expectWhole(it);
    expect(it.ranges().map((range) => range?.endsWith("-"))).toEqual([undefined, false, true]);
  });

  it("follows a redirect there", async () => {
    const it = await setUp({
      fault: (n, { path }) =>
        n === 1
          ? { answer: { status: 307, headers: { location: `${path}?elsewhere` } } }
          : undefined,
    });
    await expectWhole(it);
    expect(it.ranges()).toHaveLength(2);
  });

  it("is never joined from other bytes: its digest decides", async () => {
    const it = await setUp({ fault: spoilByte(BYTES, 30 * PART) });
    await expect(writeContentFile(it.layer, it.file)).rejects.toMatchObject({ code: "DIGEST" });
    expect(await readdir(it.folder)).toEqual([]);
  });

  it("goes on here where the thread dies", async () => {
    const threads = watchThreads();
    const it = await setUp({
      fault(n) {
        if (n === 1) void threads[0]!.terminate();
        return n === 1 ? { delay: 10_000 } : undefined;
      },
    });
    await expectWhole(it);
    expect(threads).toHaveLength(1);
  });

  it.runIf(process.platform === "linux")("goes on here where the thread cannot write", async () => {
    for (const path of ["/dev/full", "/nowhere/at/all"]) {
      const { layer, ranges } = await setUp();
      const came: Buffer[] = [];
      await pourStream(layer.open(), (chunk) => void came.push(Buffer.from(chunk)), shelfAt(path));
      expect(Buffer.concat(came).equals(BYTES)).toBe(true);
      expect(ranges().at(-1)).toMatch(/-$/);
    }
  });

  it("stops when it is told to, also while nothing comes", async () => {
    const stop = new AbortController();
    const it = await setUp({
      fault(n) {
        if (n === 1) setTimeout(() => stop.abort(new Error("no more")), 50);
        return n === 1 ? { delay: 10_000 } : undefined;
      },
    });
    const pouring = pourStream(
      it.layer.open({ signal: stop.signal }),
      () => {},
      shelfAt(join(it.folder, "none")),
    );
    await writeFile(join(it.folder, "none"), "");
    await expect(pouring).rejects.toThrow("no more");
  });

  it("fails of its receiver", async () => {
    const it = await setUp();
    await writeFile(it.file, "");
    let size = 0;
    const pouring = pourStream(it.layer.open(), (chunk) => {
      size += chunk.length;
      if (size > 10 * PART) throw new Error("the disk is full");
    }, shelfAt(it.file));
    await expect(pouring).rejects.toThrow("the disk is full");
  });
});
