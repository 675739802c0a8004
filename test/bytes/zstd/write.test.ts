import { describe, expect, it } from "vitest";
import { randomBytes } from "node:crypto";
import { zstdDecompressSync } from "node:zlib";
import { digestOf } from "../../../src/bytes/digest.ts";
import { CHUNK_SIZE, streamBytes } from "../../../src/bytes/stream.ts";
import { decompressZstd } from "../../../src/bytes/zstd/read.ts";
import { compressZstd } from "../../../src/bytes/zstd/write.ts";
import { all, cut, filter, lacks, sample, watched } from "../support/samples.ts";

const plain = sample(5_000_000, 4);

describe("zstd", () => {
  it.each([0, 1, 131_072, 1_048_575, 1_048_576, 1_048_577, 5_000_000])(
    "gives back %i bytes",
    async (size) => {
      const bytes = plain.subarray(0, size);
      const packed = await all(compressZstd(cut(bytes, -100_000), 3));
      expect(zstdDecompressSync(packed).equals(bytes)).toBe(true);
      expect((await all(decompressZstd(streamBytes(packed)))).equals(bytes)).toBe(true);
    },
  );

  it("makes the same bytes however its input is cut", async () => {
    const wanted = digestOf(await all(compressZstd(streamBytes(plain), 3)));
    for (const size of [999, 65_536, -300_000]) {
      expect(digestOf(await all(compressZstd(cut(plain, size), 3))), `${size}`).toBe(wanted);
    }
  });

  it("makes one frame with a checksum, at every level", async () => {
    for (const level of [1, 3, 19]) {
      const bytes = plain.subarray(0, 300_000);
      const packed = await all(compressZstd(cut(bytes, 16_384), level));
      expect(packed[4]! & 0x04).toBe(0x04);
      // Only the first frame is read by node:zlib; after it, nothing must be left.
      expect(zstdDecompressSync(packed).equals(bytes)).toBe(true);
      expect(packed.indexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 1)).toBe(-1);
    }
  });

  it("makes one frame where the frame ends with the codec's buffer", async () => {
    const noise = randomBytes(CHUNK_SIZE);
    for (let size = CHUNK_SIZE - 20; size <= CHUNK_SIZE; size++) {
      const packed = await all(compressZstd(streamBytes(noise.subarray(0, size)), 3));
      expect(packed.length - size, `${size}`).toBeLessThan(23);
    }
  });

  it("makes the same bytes whatever has been made before, and at the same time", async () => {
    const pack = (size: number) => all(compressZstd(cut(plain.subarray(0, size), 100_000), 3));
    const alone = await pack(1_000_000);
    for (const size of [0, 1, 400_000, 1_500_000]) {
      const [, one, other] = await Promise.all([pack(size), pack(1_000_000), pack(1_000_000)]);
      expect(one.equals(alone) && other.equals(alone), `${size}`).toBe(true);
    }
    for await (const _ of compressZstd(cut(plain, 65_536), 3)) break;
    expect((await pack(1_000_000)).equals(alone)).toBe(true);
  });

  it("passes on what its source throws, and releases it when it is left", async () => {
    const error = new Error("the disk is gone");
    const broken = async function* () {
      yield plain.subarray(0, 3_000_000);
      throw error;
    };
    await expect(all(compressZstd(broken(), 3))).rejects.toBe(error);
    const { stream, log } = watched(cut(plain, 65_536));
    for await (const _ of compressZstd(stream, 3)) break;
    expect(log).toEqual(["open", "release"]);
  });

  it.skipIf(lacks("zstd"))("is what zstd reads, and finds whole", async () => {
    const packed = await all(compressZstd(cut(plain, 65_536), 3));
    expect((await filter(packed, "zstd", "-dc")).equals(plain)).toBe(true);
    await filter(packed, "zstd", "-t", "-q");
  });
});
