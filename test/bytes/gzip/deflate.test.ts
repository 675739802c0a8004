/** The compressor itself: what it makes of any bytes, at any level, is what others read. */
import { readFile } from "node:fs/promises";
import { inflateRawSync } from "node:zlib";
import { expect, it } from "vitest";
import { createDeflater, PIECE, WINDOW } from "../../../src/bytes/gzip/deflater.ts";
import { filter, lacks, numbers, sample } from "../support/samples.ts";
import { compileDeflate } from "../../../tools/deflate/build.ts";

const deflate = createDeflater();
const END = Buffer.of(0x03, 0x00);

/** Deflates a piece, behind a window if there is one, in memory that had something else before. */
function deflated(bytes: Uint8Array, level: number, window?: Uint8Array, by = deflate): Buffer {
  const memory = new SharedArrayBuffer(WINDOW + PIECE);
  const shared = new Uint8Array(memory).fill(0x61);
  if (window !== undefined) shared.set(window);
  shared.set(bytes, WINDOW);
  const size = by({ memory, window: window?.length ?? 0, size: bytes.length, level });
  expect(size).toBeLessThanOrEqual(bytes.length + 6 * Math.ceil(bytes.length / 16_384) + 16);
  return Buffer.from(shared.slice(0, size));
}

/** Bytes of some kind: noise, text of few letters, runs, copies from far and near, all by chance. */
function anything(seed: number, size: number): Buffer {
  const next = numbers(seed);
  const out = Buffer.alloc(size);
  for (let at = 0; at < size;) {
    const run = Math.min(size - at, 1 + Math.floor(next() ** 3 * 3000));
    const kind = Math.floor(next() * 4);
    const letters = 1 + Math.floor(next() * 255);
    const back = 1 + Math.floor(next() ** 2 * 40_000);
    for (const end = at + run; at < end; at++) {
      if (kind === 0) out[at] = next() * letters;
      else if (kind === 1) out[at] = letters;
      else out[at] = at >= back ? out[at - back]! : 7;
    }
  }
  return out;
}

const pattern = (size: number, distance: number): Buffer => {
  const noise = anything(9, distance);
  const random = numbers(4);
  for (let i = 0; i < distance; i++) noise[i] = random() * 256;
  return Buffer.from(Array.from({ length: size }, (_, i) => noise[i % distance]!));
};

it.each(
  [
    ["nothing", Buffer.alloc(0)],
    ["a byte", Buffer.of(7)],
    ["two bytes", Buffer.of(7, 7)],
    ["zeros", Buffer.alloc(PIECE)],
    ["258 of the same", Buffer.alloc(259, 1)],
    ["a copy from 32,767 bytes before", pattern(200_000, 32_767)],
    ["a copy from 32,768 bytes before", pattern(200_000, 32_768)],
    ["a copy from 32,769 bytes before", pattern(200_000, 32_769)],
    [
      "copies of three bytes",
      Buffer.from(Array.from({ length: 60_000 }, (_, i) => i % 4 ? i % 3 : i)),
    ],
    ["every byte as often", Buffer.from(Array.from({ length: PIECE }, (_, i) => i * 167 & 255))],
    // weights like Fibonacci's make codes longer than deflate has
    [
      "the most uneven weights",
      Buffer.concat(
        [
          1,
          1,
          2,
          3,
          5,
          8,
          13,
          21,
          34,
          55,
          89,
          144,
          233,
          377,
          610,
          987,
          1597,
          2584,
          4181,
          6765,
          10946,
        ].map((n, i) => Buffer.alloc(n, i)).map((b, i) =>
          Buffer.from(b.map((_, k) => k % 7 === 6 ? 255 - i : i))
        ),
      ),
    ],
  ] as const,
)("gives back %s at each level", (_, bytes) => {
  for (let level = 1; level <= 9; level++) {
    const made = Buffer.concat([deflated(bytes, level), END]);
    expect(inflateRawSync(made).equals(bytes), `level ${level}`).toBe(true);
  }
});

it("gives back anything, at each level, with and without a window", () => {
  const next = numbers(11);
  for (let round = 0; round < 120; round++) {
    const level = 1 + round % 9;
    const all = anything(round, WINDOW + Math.floor(next() ** 3 * 300_000));
    const [window, bytes] = [all.subarray(0, WINDOW), all.subarray(WINDOW)];
    const alone = Buffer.concat([deflated(bytes, level), END]);
    expect(inflateRawSync(alone).equals(bytes), `round ${round}`).toBe(true);
    const behind = Buffer.concat([deflated(window, level), deflated(bytes, level, window), END]);
    expect(inflateRawSync(behind).equals(all), `round ${round}, with a window`).toBe(true);
  }
});

it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("gives back a few bytes at level %i", (level) => {
  const window = Buffer.concat([anything(8, WINDOW - 30), Buffer.alloc(30, "abcabcab")]);
  const before = deflated(window, level);
  for (let size = 0; size < 24; size++) {
    const bytes = Buffer.alloc(size, "cababcab");
    const alone = Buffer.concat([deflated(bytes, level), END]);
    expect(inflateRawSync(alone).equals(bytes), `${size}`).toBe(true);
    // A dictionary would be shorter, but Deno's inflateRawSync takes none.
    const behind = Buffer.concat([before, deflated(bytes, level, window), END]);
    expect(inflateRawSync(behind).subarray(WINDOW).equals(bytes), `${size}, behind`).toBe(true);
  }
});

it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("remembers no piece before, at level %i", (level) => {
  const all = sample(WINDOW + 70_000, 3);
  const window = all.subarray(0, WINDOW);
  for (const size of [0, 1, 7, 8, 300, 40_000]) {
    const bytes = all.subarray(WINDOW, WINDOW + size);
    const alone = deflated(bytes, level, undefined, createDeflater());
    const behind = deflated(bytes, level, window, createDeflater());
    // What has the same bytes at other places, what has others, and what other levels leave.
    deflated(all.subarray(5), level);
    expect(deflated(bytes, level).equals(alone), `${size}, alone`).toBe(true);
    deflated(anything(size, 200_000), 1 + size % 9, all.subarray(99, 99 + WINDOW));
    expect(deflated(bytes, level, window).equals(behind), `${size}, with a window`).toBe(true);
  }
});

it("finds what is in the window", () => {
  const noise = pattern(WINDOW, WINDOW);
  expect(deflated(noise, 4, noise).length).toBeLessThan(1000);
});

it.skipIf(lacks("python3"))("is what Python's zlib reads", async () => {
  const code = "import sys,zlib; d=zlib.decompressobj(-15); " +
    "sys.stdout.buffer.write(d.decompress(sys.stdin.buffer.read())); assert d.eof";
  const bytes = anything(77, 700_000);
  const made = Buffer.concat([deflated(bytes, 7), END]);
  expect((await filter(made, "python3", "-c", code)).equals(bytes)).toBe(true);
});

it.skipIf("Deno" in globalThis)("is compiled from tools/deflate", async () => {
  const code = new URL("../../../src/bytes/gzip/deflate-code.ts", import.meta.url);
  expect(await readFile(code, "utf8")).toBe(await compileDeflate());
}, 60_000);
