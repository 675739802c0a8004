import { describe, expect, it } from "vitest";
import { gunzipSync } from "node:zlib";
import { digestOf } from "../../../src/bytes/digest.ts";
import { decompressGzip } from "../../../src/bytes/gzip/read.ts";
import { compressGzip } from "../../../src/bytes/gzip/write.ts";
import { streamBytes } from "../../../src/bytes/stream.ts";
import { all, cut, filter, lacks, numbers, sample, watched } from "../support/samples.ts";

const plain = sample(5_000_000, 2);

describe("gzip", () => {
  // deno-fmt-ignore
  it.each([0, 1, 255, 65_535, 262_144, 262_145, 1_048_575, 1_048_576, 1_048_577, 2_097_152, 5_000_000])("gives back %i bytes", async (size) => {
    const bytes = plain.subarray(0, size);
    const packed = await all(compressGzip(streamBytes(bytes), 4));
    expect(gunzipSync(packed).equals(bytes)).toBe(true);
    expect((await all(decompressGzip(streamBytes(packed)))).equals(bytes)).toBe(true);
  });

  it("gives back anything, at any level", async () => {
    const next = numbers(3);
    for (let level = 1; level <= 9; level++) {
      const bytes = sample(Math.floor(next() * 600_000), level);
      const packed = await all(compressGzip(cut(bytes, -50_000, level), level));
      expect(gunzipSync(packed).equals(bytes), `level ${level}`).toBe(true);
    }
  });

  it("makes the same bytes however its input is cut", async () => {
    const bytes = plain.subarray(0, 2_300_000);
    const wanted = digestOf(await all(compressGzip(streamBytes(bytes), 6)));
    for (const size of [999, 65_536, -300_000]) {
      expect(digestOf(await all(compressGzip(cut(bytes, size), 6))), `${size}`).toBe(wanted);
    }
  });

  it("writes a header without time or system, and one member", async () => {
    const packed = await all(compressGzip(streamBytes(Buffer.from("hello")), 4));
    expect(packed.subarray(0, 10).toString("hex")).toBe("1f8b08000000000000ff");
    expect(packed.readUInt32LE(packed.length - 4)).toBe(5);
  });

  it("makes little of zeros, and hardly more of noise", async () => {
    expect((await all(compressGzip(streamBytes(Buffer.alloc(2_000_000)), 4))).length).toBeLessThan(
      12_000,
    );
    const next = numbers(5);
    const noise = Buffer.from(Array.from({ length: 1_200_000 }, () => next() * 256));
    const packed = await all(compressGzip(streamBytes(noise), 4));
    expect(packed.length).toBeLessThan(noise.length * 1.002);
    expect(gunzipSync(packed).equals(noise)).toBe(true);
  });

  it("passes on what its source throws, and releases it when it is left", async () => {
    const error = new Error("the disk is gone");
    const broken = async function* () {
      yield plain.subarray(0, 3_000_000);
      throw error;
    };
    await expect(all(compressGzip(broken(), 4))).rejects.toBe(error);
    const { stream, log } = watched(cut(plain, 65_536));
    let chunks = 0;
    for await (const _ of compressGzip(stream, 4)) if (++chunks === 2) break;
    expect(log).toEqual(["open", "release"]);
  });

  it("holds little of its input at a time", async () => {
    let given = 0;
    const zeros = async function* () {
      for (; given < 64; given++) yield Buffer.alloc(1_048_576);
    };
    let chunks = 0;
    for await (const _ of compressGzip(zeros(), 1)) if (++chunks === 2) break;
    expect(given).toBeLessThan(40);
  });

  it.skipIf(lacks("gzip"))("is what GNU gzip reads", async () => {
    const bytes = plain.subarray(0, 2_500_000);
    const packed = await all(compressGzip(cut(bytes, 65_536), 4));
    expect((await filter(packed, "gzip", "-dc")).equals(bytes)).toBe(true);
  });

  it.skipIf(lacks("pigz"))("is what pigz reads", async () => {
    const bytes = plain.subarray(0, 2_500_000);
    const packed = await all(compressGzip(cut(bytes, 65_536), 4));
    expect((await filter(packed, "pigz", "-dc")).equals(bytes)).toBe(true);
  });

  it.skipIf(lacks("python3"))("is what Python reads", async () => {
    const bytes = plain.subarray(0, 1_500_000);
    const packed = await all(compressGzip(cut(bytes, 65_536), 4));
    const code =
      "import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))";
    expect((await filter(packed, "python3", "-c", code)).equals(bytes)).toBe(true);
  });

  // On every runtime, and for ever: images are named by these bytes.
  it.each([
    [1, "sha256:c0c0080e8ebb9b7536dbbab34961a7841d1450d92a5d18a032207a67c28b8d35"],
    [4, "sha256:b03199fa3272522a38ea7c91912eef8064e6f1ae6f945616798a43ab4d4f62f6"],
    [6, "sha256:ba24923e386021d2820897edc973b8a8122c5833e4d19382032a99880621e54e"],
    [9, "sha256:2d2219f068d949fc80bdabf62e9426d1916527bb0b295bcf2f24a344c15fd026"],
  ])("makes at level %i the bytes that it always made", async (level, digest) => {
    const packed = await all(compressGzip(cut(sample(3_000_000, 7), 100_000), level));
    expect(digestOf(packed)).toBe(digest);
  });
});
