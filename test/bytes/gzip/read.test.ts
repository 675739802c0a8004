import { describe, expect, it } from "vitest";
import { gzipSync } from "node:zlib";
import { decompressGzip } from "../../../src/bytes/gzip/read.ts";
import { streamBytes } from "../../../src/bytes/stream.ts";
import { all, cut, filter, lacks, sample, watched } from "../support/samples.ts";

const plain = sample(3_000_000);
const packed = gzipSync(plain);
const small = Buffer.from("a small text, a small text, a small text");
const other = Buffer.from("another member");
const members = Buffer.concat([gzipSync(small), gzipSync(Buffer.alloc(0)), gzipSync(other)]);
const both = Buffer.concat([small, other]);

const unpack = (...chunks: Uint8Array[]) => all(decompressGzip(streamBytes(...chunks)));

describe("gunzip", () => {
  it.each([512, 16_384, 100_000, 10_000_000, -40_000])("reads chunks of %i", async (size) => {
    expect((await all(decompressGzip(cut(packed, size)))).equals(plain)).toBe(true);
  });

  it.each([1, 2, 7, 30, -9, 1000])(
    "reads members one after the other, in chunks of %i",
    async (size) => {
      expect(await all(decompressGzip(cut(members, size)))).toEqual(both);
    },
  );

  it("reads members that begin where a chunk does", async () => {
    const many = Array.from(
      { length: 20 },
      (_, i) => gzipSync(plain.subarray(i * 99_000, (i + 1) * 99_000)),
    );
    expect((await unpack(...many)).equals(plain.subarray(0, 20 * 99_000))).toBe(true);
  });

  it("reads a header with all of its fields", async () => {
    const raw = gzipSync(small).subarray(10);
    // FHCRC is left out: zlib verifies it.
    const header = Buffer.from([0x1f, 0x8b, 8, 0x1c, 1, 2, 3, 4, 2, 3, 3, 0, 9, 9, 9]);
    const named = Buffer.concat([header, Buffer.from("name\0comment\0"), raw]);
    expect(await all(decompressGzip(cut(named, 1)))).toEqual(small);
  });

  it.each([1, 5, 200, 4096])(
    "takes zeros after the end for padding, in chunks of %i",
    async (size) => {
      const padded = Buffer.concat([members, Buffer.alloc(1000)]);
      expect(await all(decompressGzip(cut(padded, size)))).toEqual(both);
      expect(await unpack(members, Buffer.alloc(300_000), Buffer.alloc(1))).toEqual(both);
    },
  );

  it("notices the loss of every single byte at the end", async () => {
    const whole = gzipSync(small);
    for (const bytes of [whole, Buffer.concat([whole, gzipSync(other)])]) {
      for (let length = 0; length < bytes.length; length++) {
        if (length === whole.length) continue;
        await expect(unpack(bytes.subarray(0, length)), `${length}`).rejects.toMatchObject({
          code: "MALFORMED",
          message: "the gzip data is truncated",
        });
      }
    }
  });

  it.each([
    ["text", [Buffer.from("garbage")], /corrupt: incorrect header check/],
    [
      "zeros and text",
      [Buffer.alloc(600), Buffer.from("x")],
      /followed by bytes that are not gzip/,
    ],
    ["zeros and a member", [Buffer.alloc(600), members], /followed by bytes that are not gzip/],
    ["half a magic", [Buffer.from([0x1f])], /truncated/],
  ])("refuses %s after the end", async (_, rest, message) => {
    const chunkings = [[members, ...rest], [Buffer.concat([members, ...rest])]];
    for (const chunks of chunkings) {
      await expect(unpack(...chunks)).rejects.toMatchObject({
        code: "MALFORMED",
        message: expect.stringMatching(message),
      });
    }
    await expect(all(decompressGzip(cut(Buffer.concat([members, ...rest]), 1)))).rejects.toThrow(
      message,
    );
  });

  it("verifies checksum and length, and says which is wrong", async () => {
    for (
      const [fromEnd, message] of [[8, /incorrect data check/], [
        4,
        /incorrect length check/,
      ]] as const
    ) {
      const wrong = Buffer.from(packed);
      wrong[wrong.length - fromEnd]! ^= 1;
      await expect(unpack(wrong)).rejects.toMatchObject({
        code: "MALFORMED",
        message: expect.stringMatching(message),
      });
    }
  });

  it("fails on data that is not gzip, and on damage in the middle", async () => {
    await expect(unpack(Buffer.from("not gzip at all"))).rejects.toMatchObject({
      code: "MALFORMED",
    });
    const wrong = Buffer.from(packed);
    wrong.fill(0x55, 500_000, 500_100);
    await expect(unpack(wrong)).rejects.toMatchObject({ code: "MALFORMED" });
  });

  it("passes on what its source throws, as it is", async () => {
    const error = new Error("the network is gone");
    const broken = async function* () {
      yield packed.subarray(0, 100_000);
      throw error;
    };
    await expect(all(decompressGzip(broken()))).rejects.toBe(error);
  });

  it("opens nothing before it is read, and releases the source when it is left", async () => {
    const { stream, log } = watched(cut(packed, 16_384));
    const unpacked = decompressGzip(stream);
    expect(log).toEqual([]);
    for await (const _ of unpacked) break;
    expect(log).toEqual(["open", "release"]);
  });

  it.skipIf(lacks("gzip"))("reads what GNU gzip writes", async () => {
    for (const level of ["-1", "-9"]) {
      const made = await filter(plain, "gzip", "-c", level);
      expect((await all(decompressGzip(cut(made, 70_000)))).equals(plain)).toBe(true);
    }
  });

  it.skipIf(lacks("pigz"))("reads what pigz writes", async () => {
    for (const args of [["-4"], ["-4", "-i", "-b", "128"]]) {
      expect((await unpack(await filter(plain, "pigz", "-c", ...args))).equals(plain)).toBe(true);
    }
  });

  it.skipIf(lacks("python3"))("reads what Python writes", async () => {
    const code = "import gzip,sys; sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read()))";
    expect((await unpack(await filter(plain, "python3", "-c", code))).equals(plain)).toBe(true);
  });
});
