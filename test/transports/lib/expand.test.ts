import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { drain, fromBytes } from "../../../src/bytes/stream.ts";
import { expand } from "../../../transports/lib/archive/expand.ts";

const MIB = 1 << 20;
const zeros = Buffer.alloc(8 * MIB);

describe("expand", () => {
  it.each([["gzip", gzipSync], ["zstd", zstdCompressSync]] as const)(
    "stops at a %s bomb, and only there",
    async (_, pack) => {
      const bomb = pack(zeros);
      await expect(drain(expand(fromBytes(bomb), MIB))).rejects.toMatchObject({
        code: "LIMIT",
        hint: expect.stringContaining("-d"),
      });
      expect(await drain(expand(fromBytes(bomb)))).toBe(zeros.length);
      const text = Buffer.from(Array.from({ length: 200_000 }, (_, i) => `${i}`).join());
      expect(await drain(expand(fromBytes(pack(text)), 1))).toBe(text.length);
    },
  );

  it("passes what is not compressed", async () => {
    expect(await drain(expand(fromBytes(zeros), 1))).toBe(zeros.length);
    expect(await drain(expand(fromBytes()))).toBe(0);
  });
});
