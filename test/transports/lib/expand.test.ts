import { crc32, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { drainStream, streamBytes } from "../../../src/bytes/stream.ts";
import { packWith } from "../../support/archives.ts";
import { expand } from "../../../transports/lib/archive/expand.ts";

const MIB = 1 << 20;
const zeros = Buffer.alloc(8 * MIB);

describe("expand", () => {
  const packing = (program: "xz" | "bzip2") => (bytes: Uint8Array) => packWith(program, bytes);
  it.each(
    [
      ["gzip", gzipSync],
      ["zstd", zstdCompressSync],
      ["xz", packing("xz")],
      ["bzip2", packing("bzip2")],
    ] as const,
  )(
    "stops at a %s bomb, and only there",
    async (_, pack) => {
      const bomb = await pack(zeros);
      await expect(drainStream(expand(streamBytes(bomb), MIB))).rejects.toMatchObject({
        code: "LIMIT",
        hint: expect.stringContaining("-d"),
      });
      expect(await drainStream(expand(streamBytes(bomb)))).toBe(zeros.length);
      const text = Buffer.from(Array.from({ length: 200_000 }, (_, i) => `${i}`).join());
      expect(await drainStream(expand(streamBytes(await pack(text)), 1))).toBe(text.length);
    },
  );

  it("gives xz no more memory than it needs for what people make", async () => {
    const pack = (option: string) => packWith("xz", Buffer.from("abc"), option);
    // A dictionary of 64 MiB is what xz -9 has; a header can ask for 1.5 GiB.
    expect(await drainStream(expand(streamBytes(await pack("-9"))))).toBe(3);
    const greedy = Buffer.from(await pack("--lzma2=dict=4KiB"));
    const at = greedy.indexOf(Buffer.from([0x21, 0x01, 0x00]), 12);
    greedy[at + 2] = 0x27; // 3 GiB
    greedy.writeUInt32LE(crc32(greedy.subarray(12, 20)), 20);
    await expect(drainStream(expand(streamBytes(greedy)))).rejects.toMatchObject({
      code: "LIMIT",
      message: expect.stringContaining("memory"),
    });
  });

  it("passes what is not compressed", async () => {
    expect(await drainStream(expand(streamBytes(zeros), 1))).toBe(zeros.length);
    expect(await drainStream(expand(streamBytes()))).toBe(0);
  });
});
