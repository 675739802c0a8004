/** Large blobs that come in parts beside each other: whole, once, and as one request where it is odd. */
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { pourStream } from "../../../src/bytes/pour.ts";
import type { Shelf } from "../../../src/bytes/stream.ts";
import { writeContentFile } from "../../../src/image/disk/content-file.ts";
import type { Fault } from "../../support/registry-server.ts";
import { expectWhole, type LargeLayerSetting, serveLargeLayer, spoilByte } from "./large-layer.ts";

const PART = 32 * 1024;
const BYTES = randomBytes(40 * PART + 123);
const ENDS = { partSize: PART, slowRate: Infinity, threads: 0 };

/** Serves the layer where one connection is never fast enough. */
const setUp = ({ world, ...setting }: LargeLayerSetting = {}) =>
  serveLargeLayer(BYTES, { ...setting, world: { ...ENDS, ...world } });

/** The ranges of requests, as numbers: first and last byte. */
const numbers = (range: string | undefined) =>
  /^bytes=(\d+)-(\d*)$/.exec(range ?? "")!.slice(1).map(Number);

describe("a large blob in parts", () => {
  it("comes whole, each byte of it asked for once after the first answer is broken off", async () => {
    const it = await setUp();
    await expectWhole(it);
    const [first, ...parts] = it.ranges();
    expect(first).toBe(undefined);
    expect(parts.length).toBeGreaterThan(4);
    const sorted = parts.map(numbers).toSorted(([a = 0], [b = 0]) => a - b);
    const begun = sorted[0]![0]!;
    expect(begun).toBeGreaterThanOrEqual(PART / 2);
    for (const [i, [from]] of sorted.entries()) {
      expect(from).toBe(i === 0 ? begun : sorted[i - 1]![1]! + 1);
    }
    expect(sorted.at(-1)![1]).toBe(BYTES.length - 1);
    const etag = `"${it.layer.descriptor.digest}"`;
    expect(it.asked().slice(1).every(({ headers }) => headers["if-range"] === etag)).toBe(true);
  });

  it.each<[string, LargeLayerSetting]>([
    ["one blob at a time is wanted", { options: { jobs: 1 } }],
    ["it is switched off", { world: { env: { NIXOCI_PARTS: "off" } } }],
    ["one connection is fast enough", { world: { slowRate: 0 } }],
    ["it is not that large", { world: { partSize: BYTES.length } }],
    ["the server does not say that it has ranges", {
      fault: (n) => n === 0 ? { headers: { "accept-ranges": "" } } : undefined,
    }],
  ])("comes in one request where %s", async (_, setting) => {
    const it = await setUp(setting);
    await expectWhole(it);
    expect(it.asked()).toHaveLength(1);
  });

  it("comes in one request where the receiver has no shelf", async () => {
    const { layer, asked } = await setUp();
    let size = 0;
    await pourStream(layer.open(), (chunk) => void (size += chunk.length));
    expect([size, asked().length]).toEqual([BYTES.length, 1]);
  });

  it("asks for what is left of a part when its connection breaks", async () => {
    const cut = new Set<string>();
    const it = await setUp({
      fault(n, { headers: { range = "" } }) {
        if (n === 0 || n % 3 !== 0 || cut.size > 3) return undefined;
        cut.add(range);
        return { resetAfter: 1000 };
      },
    });
    await expectWhole(it);
    expect(cut.size).toBeGreaterThan(0);
    for (const range of cut) {
      const [from = 0, last] = numbers(range);
      expect(it.ranges()).toContain(`bytes=${from + 1000}-${last}`);
    }
  });

  const odd: readonly [string, Fault][] = [
    ["the whole instead of a part", { answer: { status: 200, body: BYTES } }],
    ["another range", { headers: { "content-range": `bytes 0-9/${BYTES.length}` } }],
    ["a part of another size's blob", { headers: { "content-range": "bytes 5-6/7" } }],
    ["a part of another version", { headers: { etag: '"another"' } }],
    ["a part of no version", { headers: { etag: "" } }],
    ["a refusal", { answer: { status: 403 } }],
    ["that there is no such range", { answer: { status: 416 } }],
  ];
  it.each(odd)("goes on with one request where the server gives %s", async (_, fault) => {
    for (const wrong of [1, 3]) {
      const it = await setUp({ fault: (n) => n === wrong ? fault : undefined });
      await expectWhole(it);
      expect(it.ranges().filter((range) => range?.endsWith("-"))).toHaveLength(1);
    }
  });

  it("is never joined from other bytes: its digest decides", async () => {
    const it = await setUp({ fault: spoilByte(BYTES, 30 * PART) });
    await expect(writeContentFile(it.layer, it.file)).rejects.toMatchObject({ code: "DIGEST" });
    expect(await readdir(it.folder)).toEqual([]);
  });

  it("fails of its shelf, as that says it", async () => {
    const { layer } = await setUp();
    for (const broken of ["keep", "fetch"] as const) {
      const full = new Error("the disk is full");
      const shelf: Shelf = {
        keep() {
          if (broken === "keep") throw full;
        },
        fetch() {
          throw full;
        },
      };
      await expect(pourStream(layer.open(), () => {}, shelf)).rejects.toBe(full);
    }
  });

  it("fails of its receiver, and stops when it is told to", async () => {
    const memory = Buffer.alloc(BYTES.length);
    const shelf: Shelf = {
      keep: (bytes, position) => void memory.set(bytes, position),
      fetch: (into, position) => void into.set(memory.subarray(position, position + into.length)),
    };
    for (const how of ["fails", "is aborted"]) {
      const { layer } = await setUp();
      const stop = new AbortController();
      const no = new Error("no");
      let size = 0;
      const pouring = pourStream(layer.open({ signal: stop.signal }), (chunk) => {
        size += chunk.length;
        if (size < 10 * PART) return;
        if (how === "fails") throw no;
        stop.abort(no);
      }, shelf);
      await expect(pouring).rejects.toThrow("no");
    }
  });

  it("is whole whatever goes wrong here and there", async () => {
    let state = 7;
    const random = (below: number): number => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return Math.floor(state / 2 ** 31 * below);
    };
    const faults: readonly (() => Fault)[] = [
      () => ({ reset: true }),
      () => ({ resetAfter: random(2 * PART) }),
      () => ({ status: 503 }),
      () => ({ delay: random(20) }),
      () => ({ forget: true }),
      () => odd[random(odd.length)]![1],
    ];
    for (let round = 0; round < 12; round++) {
      let left = 3; // fewer than the tries of a request
      const it = await setUp({
        world: { partSize: PART * (1 + random(4)) },
        fault(n, { headers: { range } }) {
          const isPart = n > 0 && !range?.endsWith("-");
          return isPart && left-- > 0 ? faults[random(faults.length)]!() : undefined;
        },
      });
      await expectWhole(it);
    }
  });
});
