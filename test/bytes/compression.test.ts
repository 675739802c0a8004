import { describe, expect, it } from "vitest";
import { constants, createGzip, gzipSync } from "node:zlib";
import { compressStream, decompressStream } from "../../src/bytes/compression.ts";
import { streamBytes } from "../../src/bytes/stream.ts";
import { frame, skippable } from "./support/frames.ts";
import { all, cut, filter, lacks, numbers, sample, watched } from "./support/samples.ts";

const plain = sample(1_500_000, 5);
const KINDS = ["gzip", "gzip-portable", "zstd"] as const;

describe("decompress", () => {
  it.each([1, 3, 100, -50])("tells what it is given, in chunks of %i", async (size) => {
    const bytes = plain.subarray(0, 2000);
    const given = [
      bytes,
      gzipSync(bytes),
      frame(bytes),
      Buffer.concat([skippable(bytes), frame(bytes)]),
    ];
    for (const input of given) expect(await all(decompressStream(cut(input, size)))).toEqual(bytes);
    for (const tiny of [Buffer.alloc(0), Buffer.from("a"), Buffer.from([0x1f])]) {
      expect(await all(decompressStream(cut(tiny, size)))).toEqual(tiny);
    }
  });

  it("believes the kind that it is told", async () => {
    const packed = gzipSync(plain);
    expect((await all(decompressStream(streamBytes(packed), "none"))).equals(packed)).toBe(true);
    for (const kind of ["gzip", "zstd"] as const) {
      await expect(all(decompressStream(streamBytes(plain), kind))).rejects.toMatchObject({
        code: "MALFORMED",
      });
      await expect(all(decompressStream(streamBytes(), kind))).rejects.toMatchObject({
        code: "MALFORMED",
      });
    }
  });

  it.each([["bzip2", Buffer.from("BZh91AY&SY")], ["xz", Buffer.from("\xfd7zXZ\0\0", "latin1")]])(
    "says that it cannot read %s, and lets go of it",
    async (kind, bytes) => {
      const { stream, log } = watched(cut(bytes, 3));
      await expect(all(decompressStream(stream))).rejects.toMatchObject({
        code: "UNSUPPORTED",
        message: `cannot read ${kind}`,
      });
      expect(log.at(-1)).toBe("release");
    },
  );

  it.each([
    ["plain", plain],
    ["gzip", gzipSync(plain)],
    ["zstd", frame(plain)],
  ])("stops at the bytes allowed: %s", async (_, bytes) => {
    const exact = decompressStream(streamBytes(bytes), undefined, { maxBytes: plain.length });
    expect((await all(exact)).equals(plain)).toBe(true);
    const { stream, log } = watched(cut(bytes, 65_536));
    const less = decompressStream(stream, undefined, { maxBytes: plain.length - 1 });
    await expect(all(less)).rejects.toMatchObject({ code: "LIMIT" });
    expect(log).toContain("release");
  });

  it("holds a bomb's memory flat, and stops it early", async () => {
    const bombs = [
      gzipSync(Buffer.alloc(100_000_000), { level: 9 }),
      frame(Buffer.alloc(100_000_000)),
    ];
    for (const bomb of bombs) {
      let largest = 0;
      let size = 0;
      for await (const chunk of decompressStream(streamBytes(bomb))) {
        largest = Math.max(largest, chunk.length);
        size += chunk.length;
      }
      expect(size).toBe(100_000_000);
      expect(largest).toBeLessThanOrEqual(1024 * 1024);
      const stopped = decompressStream(streamBytes(bomb), undefined, { maxBytes: 1_000_000 });
      await expect(all(stopped)).rejects.toMatchObject({ code: "LIMIT" });
    }
  });

  it("stops when it is told to", async () => {
    const controller = new AbortController();
    const { stream, log } = watched(cut(gzipSync(plain), 65_536));
    const reading = (async () => {
      for await (const _ of decompressStream(stream, "gzip", { signal: controller.signal })) {
        controller.abort(new Error("enough"));
      }
    })();
    await expect(reading).rejects.toThrow("enough");
    expect(log.at(-1)).toBe("release");
  });

  it("reads what was flushed on the way", async () => {
    const engine = createGzip();
    const chunks: Buffer[] = [];
    engine.on("data", (chunk) => chunks.push(chunk));
    for (let at = 0; at < 100_000; at += 1000) {
      engine.write(plain.subarray(at, at + 1000));
      await new Promise<void>((resolve) => engine.flush(constants.Z_FULL_FLUSH, resolve));
    }
    await new Promise<void>((resolve) => engine.on("end", resolve).end());
    expect(await all(decompressStream(streamBytes(...chunks)))).toEqual(plain.subarray(0, 100_000));
  });

  it("answers damage anywhere with an error of ours or the right bytes, never with others", async () => {
    const next = numbers(11);
    const bytes = plain.subarray(0, 3000);
    for (const packed of [gzipSync(bytes), frame(bytes)]) {
      for (let round = 0; round < 150; round++) {
        const wrong = Buffer.from(packed);
        wrong[Math.floor(next() * wrong.length)]! ^= 1 << Math.floor(next() * 8);
        const result = await all(decompressStream(cut(wrong, -2000, round))).catch((error) =>
          error
        );
        // A changed magic is plain data; a changed time stamp changes nothing.
        if (result instanceof Error) expect(result).toHaveProperty("name", "NixociError");
        else expect(result.equals(bytes) || result.equals(wrong)).toBe(true);
      }
    }
  });
});

describe("compress", () => {
  it.each(KINDS)("%s, decompressed, is what it was", async (kind) => {
    const next = numbers(13);
    for (let round = 0; round < 6; round++) {
      const bytes = sample(Math.floor(next() ** 3 * 2_000_000), round);
      const level = 1 + Math.floor(next() * 9);
      const packed = compressStream(cut(bytes, -1 - 200_000 * next(), round), { kind, level });
      expect((await all(decompressStream(packed))).equals(bytes), `round ${round}`).toBe(true);
    }
  });

  it.each(
    [
      ["gzip", 0],
      ["gzip", 10],
      ["gzip-portable", 2.5],
      ["zstd", 20],
      ["zstd", -1],
      ["zstd", NaN],
    ] as const,
  )("%s has no level %d", (kind, level) => {
    expect(() => compressStream(streamBytes(), { kind, level })).toThrow(
      expect.objectContaining({ code: "USAGE" }),
    );
  });

  it.each(KINDS)("%s stops when it is told to", async (kind) => {
    const controller = new AbortController();
    const { stream, log } = watched(cut(plain, 65_536));
    controller.abort(new Error("enough"));
    const packed = compressStream(stream, { kind, signal: controller.signal });
    await expect(all(packed)).rejects.toThrow("enough");
    expect(log).toEqual(["open", "release"]);
  });

  it.skipIf(lacks("gzip"))("gzip compresses like GNU gzip", async () => {
    const ours = await all(compressStream(streamBytes(plain), { kind: "gzip", level: 6 }));
    expect(ours.length).toBeLessThan((await filter(plain, "gzip", "-6c")).length * 1.03);
  });
});
