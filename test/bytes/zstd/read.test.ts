import { describe, expect, it } from "vitest";
import { zstdCompressSync } from "node:zlib";
import { streamBytes } from "../../../src/bytes/stream.ts";
import { decompressZstd } from "../../../src/bytes/zstd/read.ts";
import { frame, header, skippable } from "../support/frames.ts";
import { all, cut, filter, lacks, sample, watched } from "../support/samples.ts";

const plain = sample(3_000_000, 3);
const packed = frame(plain);
const small = Buffer.from("a small text, a small text, a small text");
const other = Buffer.from("another frame");
const note = Buffer.from("not for the decoder");
const several = Buffer.concat([
  skippable(note),
  frame(small),
  skippable(Buffer.alloc(0), 15),
  zstdCompressSync(other),
  frame(Buffer.alloc(0)),
  skippable(Buffer.alloc(1000), 7),
]);
const both = Buffer.concat([small, other]);

const unpack = (...chunks: Uint8Array[]) => all(decompressZstd(streamBytes(...chunks)));

describe("unzstd", () => {
  it.each([512, 16_384, 100_000, 10_000_000, -40_000])("reads chunks of %i", async (size) => {
    expect((await all(decompressZstd(cut(packed, size)))).equals(plain)).toBe(true);
  });

  it.each([1, 2, 3, 7, 19, -9, 10_000])(
    "reads frames among skippable ones, in chunks of %i",
    async (size) => {
      expect(await all(decompressZstd(cut(several, size)))).toEqual(both);
    },
  );

  it("reads many frames, large and small", async () => {
    const parts = Array.from(
      { length: 60 },
      (_, i) => plain.subarray(i * 20_000, i * 20_000 + i ** 3),
    );
    const many = Buffer.concat(parts.map(frame));
    for (const size of [-100_000, 200_000]) {
      expect((await all(decompressZstd(cut(many, size)))).equals(Buffer.concat(parts))).toBe(true);
    }
  });

  it("reads nothing from skippable frames alone", async () => {
    expect(await unpack(skippable(note), skippable(note))).toHaveLength(0);
  });

  it("reads raw, run-length and large blocks", async () => {
    // Single segment, 1 byte of content size: 5; raw block of 2, run of 3, last.
    const bytes = Buffer.concat([
      header(0x20, 5),
      Buffer.from([2 << 3, 0, 0, 0x61, 0x62]),
      Buffer.from([3 << 3 | 1 << 1 | 1, 0, 0, 0x63]),
    ]);
    for (const size of [1, 2, 100]) {
      expect((await all(decompressZstd(cut(bytes, size)))).toString()).toBe("abccc");
    }
    expect(await unpack(frame(Buffer.alloc(20_000_000)))).toHaveLength(20_000_000);
  });

  it("notices the loss of every single byte at the end", async () => {
    const whole = frame(small);
    for (const bytes of [whole, Buffer.concat([whole, frame(other)]), skippable(note)]) {
      for (let length = 0; length < bytes.length; length++) {
        if (length === whole.length) continue;
        await expect(unpack(bytes.subarray(0, length)), `${length}`).rejects.toMatchObject({
          code: "MALFORMED",
          message: "the zstd data is truncated",
        });
      }
    }
  });

  it("notices the loss of the end between any two blocks", async () => {
    for (const cutOff of [1, 4, 5, 1000, 200_000, 800_000]) {
      const bytes = packed.subarray(0, packed.length - cutOff);
      await expect(all(decompressZstd(cut(bytes, 65_536)))).rejects.toThrow(
        "the zstd data is truncated",
      );
    }
  });

  it.each([
    ["text", Buffer.from("garbage"), /no frame begins/],
    ["zeros", Buffer.alloc(600), /no frame begins/],
    ["gzip", Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]), /no frame begins/],
    ["half a magic", Buffer.from([0x28, 0xb5]), /truncated/],
  ])("refuses %s after the end", async (_, rest, message) => {
    const bytes = Buffer.concat([several, rest]);
    for (const size of [1, 100_000]) {
      await expect(all(decompressZstd(cut(bytes, size)))).rejects.toMatchObject({
        code: "MALFORMED",
        message: expect.stringMatching(message),
      });
    }
  });

  it("verifies the checksum, the content size, and the data", async () => {
    const checksum = frame(small);
    checksum[checksum.length - 1]! ^= 1;
    const sized = Buffer.from(header(0x20, 6, 5 << 3 | 1, 0, 0, 1, 2, 3, 4, 5));
    const damaged = Buffer.from(packed);
    damaged.fill(0x55, 400_000, 400_100);
    for (const bytes of [checksum, sized, damaged]) {
      await expect(unpack(bytes)).rejects.toMatchObject({
        code: "MALFORMED",
        message: expect.stringMatching(/^the zstd data is corrupt: ./),
      });
    }
  });

  it.each([
    ["a window of 256 MiB", header(0x00, 18 << 3), "LIMIT", /256 MiB/],
    ["a window of 2 GiB", header(0x00, 21 << 3), "LIMIT", /2048 MiB/],
    ["a segment of 1 TiB", header(0xe0, 0, 0, 0, 0, 0, 1, 0, 0), "LIMIT", /MiB/],
    ["a dictionary", header(0x02, 0, 0x39, 0x05), "UNSUPPORTED", /dictionary 1337/],
    ["a reserved bit", header(0x08, 0), "MALFORMED", /reserved bit/],
    ["a reserved block", header(0x20, 5, 5 << 3 | 7, 0, 0), "MALFORMED", /reserved type/],
  ])("refuses %s before it takes memory", async (_, bytes, code, message) => {
    const padded = Buffer.concat([bytes, Buffer.alloc(40)]);
    await expect(unpack(padded)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("takes a window of 128 MiB, and a dictionary of number 0", async () => {
    const last = [5 << 3 | 1, 0, 0, 1, 2, 3, 4, 5];
    expect(await unpack(header(0x00, 17 << 3, ...last))).toEqual(Buffer.from([1, 2, 3, 4, 5]));
    expect(await unpack(header(0x01, 0, 0, ...last))).toEqual(Buffer.from([1, 2, 3, 4, 5]));
  });

  it("passes on what its source throws, as it is", async () => {
    const error = new Error("the network is gone");
    const broken = async function* () {
      yield packed.subarray(0, 500_000);
      throw error;
    };
    await expect(all(decompressZstd(broken()))).rejects.toBe(error);
  });

  it("opens nothing before it is read, and releases the source when it is left", async () => {
    const { stream, log } = watched(cut(packed, 16_384));
    const unpacked = decompressZstd(stream);
    expect(log).toEqual([]);
    for await (const _ of unpacked) break;
    expect(log).toEqual(["open", "release"]);
  });

  it.skipIf(lacks("zstd"))("reads what zstd writes", async () => {
    for (
      const args of [["-1"], ["-19"], ["-3", "--no-check"], ["-3", "-T2", "-B100000"], [
        "--long=27",
      ]]
    ) {
      const made = await filter(plain, "zstd", "-c", "-q", ...args);
      expect((await all(decompressZstd(cut(made, 70_000)))).equals(plain), args.join(" ")).toBe(
        true,
      );
    }
    await expect(unpack(await filter(plain, "zstd", "-c", "-q", "--ultra", "--long=28"))).rejects
      .toMatchObject({ code: "LIMIT" });
  });
});
