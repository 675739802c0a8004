import { describe, expect, it } from "vitest";
import { gunzipSync } from "node:zlib";
import { digestOf } from "../../../src/bytes/digest.ts";
import { compressGzipPortable } from "../../../src/bytes/gzip/portable.ts";
import { decompressGzip } from "../../../src/bytes/gzip/read.ts";
import { compressGzip } from "../../../src/bytes/gzip/write.ts";
import { streamBytes } from "../../../src/bytes/stream.ts";
import { all, cut, filter, lacks, numbers, sample, watched } from "../support/samples.ts";

const plain = sample(5_000_000, 2);

describe.each([["gzip", compressGzip], ["gzip-portable", compressGzipPortable]])(
  "%s",
  (name, pack) => {
    const sizes = [0, 1, 255, 65_535, 262_144, 262_145];
    if (name === "gzip") sizes.push(1_048_575, 1_048_576, 1_048_577, 2_097_152, 5_000_000);

    it.each(sizes)("gives back %i bytes", async (size) => {
      const bytes = plain.subarray(0, size);
      const packed = await all(pack(streamBytes(bytes), 4));
      expect(gunzipSync(packed).equals(bytes)).toBe(true);
      expect((await all(decompressGzip(streamBytes(packed)))).equals(bytes)).toBe(true);
    });

    it("gives back anything, at any level", async () => {
      const next = numbers(3);
      for (let level = 1; level <= 9; level++) {
        const bytes = sample(Math.floor(next() * 600_000), level);
        const packed = await all(pack(cut(bytes, -50_000, level), level));
        expect(gunzipSync(packed).equals(bytes), `level ${level}`).toBe(true);
      }
    });

    it("makes the same bytes however its input is cut", async () => {
      const bytes = plain.subarray(0, 2_300_000);
      const wanted = digestOf(await all(pack(streamBytes(bytes), 6)));
      for (const size of [999, 65_536, -300_000]) {
        expect(digestOf(await all(pack(cut(bytes, size), 6))), `${size}`).toBe(wanted);
      }
    });

    it("writes a header without time or system, and one member", async () => {
      const packed = await all(pack(streamBytes(Buffer.from("hello")), 4));
      expect(packed.subarray(0, 10).toString("hex")).toBe("1f8b08000000000000ff");
      expect(packed.readUInt32LE(packed.length - 4)).toBe(5);
    });

    it("makes little of zeros, and hardly more of noise", async () => {
      expect((await all(pack(streamBytes(Buffer.alloc(2_000_000)), 4))).length).toBeLessThan(
        12_000,
      );
      const next = numbers(5);
      const noise = Buffer.from(Array.from({ length: 1_200_000 }, () => next() * 256));
      const packed = await all(pack(streamBytes(noise), 4));
      expect(packed.length).toBeLessThan(noise.length * 1.002);
      expect(gunzipSync(packed).equals(noise)).toBe(true);
    });

    it("passes on what its source throws, and releases it when it is left", async () => {
      const error = new Error("the disk is gone");
      const broken = async function* () {
        yield plain.subarray(0, 3_000_000);
        throw error;
      };
      await expect(all(pack(broken(), 4))).rejects.toBe(error);
      const { stream, log } = watched(cut(plain, 65_536));
      let chunks = 0;
      for await (const _ of pack(stream, 4)) if (++chunks === 2) break;
      expect(log).toEqual(["open", "release"]);
    });

    it("holds little of its input at a time", async () => {
      let given = 0;
      const zeros = async function* () {
        for (; given < 64; given++) yield Buffer.alloc(1_048_576);
      };
      let chunks = 0;
      for await (const _ of pack(zeros(), 1)) if (++chunks === 2) break;
      expect(given).toBeLessThan(40);
    });

    it.skipIf(lacks("gzip"))("is what GNU gzip reads", async () => {
      const bytes = plain.subarray(0, 2_500_000);
      const packed = await all(pack(cut(bytes, 65_536), 4));
      expect((await filter(packed, "gzip", "-dc")).equals(bytes)).toBe(true);
    });

    it.skipIf(lacks("pigz"))("is what pigz reads", async () => {
      const bytes = plain.subarray(0, 2_500_000);
      const packed = await all(pack(cut(bytes, 65_536), 4));
      expect((await filter(packed, "pigz", "-dc")).equals(bytes)).toBe(true);
    });

    it.skipIf(lacks("python3"))("is what Python reads", async () => {
      const bytes = plain.subarray(0, 1_500_000);
      const packed = await all(pack(cut(bytes, 65_536), 4));
      const code =
        "import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))";
      expect((await filter(packed, "python3", "-c", code)).equals(bytes)).toBe(true);
    });
  },
);

describe("gzip-portable", () => {
  // On every runtime, and for ever: images were named by these bytes.
  it.each([
    [1, "sha256:49d0cdcdd5896c7433b0f8ae15abf4bfaab0b8e78939a7f27e9134566bc385d9"],
    [6, "sha256:9061eafc26467bcb4d0b4740fb2d68d8756097801a95f36ffcbfa26b3ba7996e"],
    [9, "sha256:c65a27751802dc45c02e093d0439e58da02bf17dc8ad27e7ec60d7ee9de477a2"],
  ])("at level %i makes the bytes that it always made", async (level, digest) => {
    expect(digestOf(await all(compressGzipPortable(cut(sample(700_000, 7), 100_000), level)))).toBe(
      digest,
    );
  });
});
