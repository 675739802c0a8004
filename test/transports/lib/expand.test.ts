import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { drainStream, streamBytes } from "../../../src/bytes/stream.ts";
import { expand } from "../../../transports/lib/archive/expand.ts";

const MIB = 1 << 20;
const zeros = Buffer.alloc(8 * MIB);

describe("expand", () => {
  it.each([["gzip", gzipSync], ["zstd", zstdCompressSync]] as const)(
    "stops at a %s bomb, and only there",
    async (_, pack) => {
      const bomb = pack(zeros);
      await expect(drainStream(expand(streamBytes(bomb), MIB))).rejects.toMatchObject({
        code: "LIMIT",
        hint: expect.stringContaining("-d"),
      });
      expect(await drainStream(expand(streamBytes(bomb)))).toBe(zeros.length);
      const text = Buffer.from(Array.from({ length: 200_000 }, (_, i) => `${i}`).join());
      expect(await drainStream(expand(streamBytes(pack(text)), 1))).toBe(text.length);
    },
  );

  it("passes what is not compressed", async () => {
    expect(await drainStream(expand(streamBytes(zeros), 1))).toBe(zeros.length);
    expect(await drainStream(expand(streamBytes()))).toBe(0);
  });
});
