import { watch } from "node:fs";
import { readdir } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createHasher, digestOf } from "../../src/bytes/digest.ts";
import { pourStream, streamPour } from "../../src/bytes/pour.ts";
import { collectStream, drainStream, streamBytes } from "../../src/bytes/stream.ts";
import {
  type Content,
  content,
  contentOf,
  deferContent,
  readContent,
} from "../../src/image/content.ts";
import { temporaryFolder } from "../support/folder.ts";
import { createScratch } from "../../src/image/disk/scratch.ts";

const hello = Buffer.from("hello");
const descriptor = { mediaType: "text/plain", digest: digestOf(hello), size: 5 };

describe("content", () => {
  it("gives the bytes, every time", async () => {
    const blob = content(descriptor, () => streamBytes(hello.subarray(0, 2), hello.subarray(2)));
    for (const _ of [1, 2]) expect((await readContent(blob, 5)).toString()).toBe("hello");
  });

  it.each([
    ["other bytes", "HELLO", "DIGEST"],
    ["fewer", "hell", "SIZE"],
    ["more", "hello!", "SIZE"],
    ["none", "", "SIZE"],
  ])("fails on %s", async (_, text, code) => {
    const blob = content(descriptor, () => streamBytes(Buffer.from(text)));
    await expect(drainStream(blob.open())).rejects.toMatchObject({ code });
  });

  it("gives what is wrong to nobody whole", async () => {
    const chunks = [Buffer.from("HE"), Buffer.from("LL"), Buffer.from("O"), Buffer.alloc(0)];
    const pulled = content(descriptor, () => streamBytes(...chunks));
    const poured = content(descriptor, () =>
      streamPour(async (receive) => {
        for (const chunk of chunks) await receive(chunk);
      }));
    for (const wrong of [pulled, poured]) {
      let seen = "";
      const reading = pourStream(wrong.open(), (chunk) => void (seen += chunk));
      await expect(reading).rejects.toMatchObject({ code: "DIGEST" });
      expect(seen).toBe("HELL");
    }
  });

  it("stops reading at the first byte too many", async () => {
    let chunks = 0;
    const endless = content(descriptor, async function* () {
      for (;; chunks++) yield Buffer.alloc(4);
    });
    await expect(drainStream(endless.open())).rejects.toMatchObject({ code: "SIZE" });
    expect(chunks).toBe(1);
  });

  it("verifies sha512 too, and empty content", async () => {
    const hash = createHasher("sha512");
    hash.update(hello);
    const digest = hash.digest();
    await drainStream(content({ ...descriptor, digest }, () => streamBytes(hello)).open());
    const wrong = content({ ...descriptor, digest }, () => streamBytes(Buffer.from("HELLO")));
    await expect(drainStream(wrong.open())).rejects.toMatchObject({ code: "DIGEST" });
    expect(await drainStream(contentOf("text/plain", Buffer.alloc(0)).open())).toBe(0);
  });

  it("opens nothing before the first byte is asked for, and lets go when it is left", async () => {
    const log: string[] = [];
    const blob = content(descriptor, async function* () {
      log.push("open");
      try {
        yield hello;
      } finally {
        log.push("close");
      }
    });
    const stream = blob.open();
    expect(log).toEqual([]);
    for await (const _ of stream) break;
    expect(log).toEqual(["open", "close"]);
  });

  it("can be broken off", async () => {
    const controller = new AbortController();
    const blob = content({ ...descriptor, size: 10 }, async function* () {
      yield hello;
      controller.abort();
      yield hello;
    });
    await expect(drainStream(blob.open({ signal: controller.signal }))).rejects.toThrow(/abort/i);
  });

  it("is bounded when it is collected", async () => {
    await expect(readContent(contentOf("a/b", hello), 4)).rejects.toMatchObject({ code: "LIMIT" });
    await expect(collectStream(streamBytes(hello), 4, "it")).rejects.toMatchObject({
      code: "LIMIT",
    });
  });
});

describe("deferred", () => {
  const one = contentOf("a/b", Buffer.from("one"));
  const open = (found: Content) =>
    collectStream(deferContent(one.descriptor, () => Promise.resolve(found)).open(), 1 << 20, "it");

  it("is what is found when it is opened, and nothing is looked for before", async () => {
    let found = 0;
    const later = deferContent(one.descriptor, () => Promise.resolve((found++, one)));
    expect([later.descriptor, found]).toEqual([one.descriptor, 0]);
    expect((await collectStream(later.open(), 1 << 20, "it")).toString()).toBe("one");
    expect(found).toBe(1);
  });

  it("is nothing else", async () => {
    await expect(open(contentOf("a/b", Buffer.from("two")))).rejects.toMatchObject({
      code: "DIGEST",
    });
    const longer = content({ ...one.descriptor, size: 4 }, () => streamBytes(Buffer.from("one1")));
    await expect(open(longer)).rejects.toMatchObject({ code: "SIZE" });
  });
});

describe("scratch", () => {
  it("keeps bytes without a name, to be read at any place", async () => {
    const bench = createScratch();
    const file = await bench.file();
    const bytes = Buffer.from(Array.from({ length: 700_000 }, (_, i) => i % 251));
    await file.write(bytes.subarray(0, 100));
    await file.write(bytes.subarray(100));
    expect(file.size).toBe(bytes.length);
    expect(await collectStream(file.read(), 1 << 20, "it")).toEqual(bytes);
    expect(await collectStream(file.read(99, 300_001), 1 << 20, "it")).toEqual(
      bytes.subarray(99, 300_001),
    );
    const into = Buffer.alloc(10);
    expect(await file.readAt(into, bytes.length - 4)).toBe(4);
    expect(into.subarray(0, 4)).toEqual(bytes.subarray(-4));
    await bench[Symbol.asyncDispose]();
    await expect(drainStream(file.read())).rejects.toThrow();
  });

  it("leaves nothing in its folder, not even while it is written", async () => {
    const folder = await temporaryFolder();
    const changed: unknown[] = [];
    const watcher = watch(folder, (...event) => void changed.push(event));
    await using bench = createScratch(folder);
    const file = await bench.file();
    await file.write(hello);
    expect(await readdir(folder)).toEqual([]);
    await setTimeout(50);
    watcher.close();
    if (process.platform === "linux") expect(changed).toEqual([]);
  });

  it("closes a file that is still being opened when all are disposed of", async () => {
    const bench = createScratch();
    const opening = bench.file();
    await bench[Symbol.asyncDispose]();
    const file = await opening;
    await expect(file.readAt(Buffer.alloc(1), 0)).rejects.toThrow();
  });

  it("says where it could not be made", async () => {
    await expect(createScratch("/nonexistent/folder").file()).rejects.toThrow(
      "Cannot make a temporary file in /nonexistent/folder: no such file or directory",
    );
  });
});
