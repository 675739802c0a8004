import { describe, expect, it } from "vitest";
import { collectStream, drainStream, streamBytes } from "../../src/bytes/stream.ts";
import { joinChunks, mergeChunks } from "../../src/bytes/rechunk.ts";
import { all, cut, sample, watched } from "./support/samples.ts";

const bytes = sample(700_000);

describe("collect", () => {
  it("holds the whole of a stream, whatever becomes of its chunks", async () => {
    expect(await collectStream(cut(bytes, 1000), bytes.length, "it")).toEqual(bytes);
    expect(await collectStream(streamBytes(), 0, "it")).toHaveLength(0);
  });

  it("refuses to grow past its limit, and lets go of the stream", async () => {
    const { stream, log } = watched(cut(bytes, 1000));
    await expect(collectStream(stream, 1500, "the config")).rejects.toMatchObject({
      code: "LIMIT",
      message: "the config is larger than the 1500 bytes allowed",
    });
    expect(log).toEqual(["open", "release"]);
  });
});

describe("drain", () => {
  it("counts", async () => {
    expect(await drainStream(cut(bytes, 999))).toBe(bytes.length);
    expect(await drainStream(streamBytes())).toBe(0);
  });
});

describe("rechunk", () => {
  it.each([1, 999, 65_536, 1_000_000, -5000])("cuts chunks of %i into blocks", async (size) => {
    const blocks: Buffer[] = [];
    const small = bytes.subarray(0, size === 1 ? 70_000 : undefined);
    for await (const block of mergeChunks(cut(small, size), 65_536)) {
      blocks.push(Buffer.from(block.bytes));
      block.done();
    }
    expect(Buffer.concat(blocks).equals(small)).toBe(true);
    for (const block of blocks.slice(0, -1)) expect(block).toHaveLength(65_536);
    expect(blocks.at(-1)!.length).toBeGreaterThan(0);
  });

  it("lets the reader keep as many blocks as it likes", async () => {
    const blocks = await Array.fromAsync(mergeChunks(cut(bytes, 999), 65_536));
    expect(Buffer.concat(blocks.map((block) => block.bytes)).equals(bytes)).toBe(true);
    blocks.forEach((block) => block.done());
  });

  it("makes no block of nothing, and none after the last full one", async () => {
    expect(await Array.fromAsync(mergeChunks(streamBytes(), 4))).toEqual([]);
    expect(await Array.fromAsync(mergeChunks(streamBytes(Buffer.alloc(8)), 4))).toHaveLength(2);
  });
});

describe("gather", () => {
  it.each([1, 1000, 16_384, 70_000, 300_000, -20_000, -200_000])(
    "puts chunks of %i together",
    async (size) => {
      const small = bytes.subarray(0, size === 1 ? 200_000 : undefined);
      expect(await all(joinChunks(cut(small, size)))).toEqual(small);
    },
  );

  it("gives few chunks and no empty one", async () => {
    const sizes: number[] = [];
    for await (const chunk of joinChunks(cut(bytes, 1000))) sizes.push(chunk.length);
    expect(sizes.length).toBeLessThan(7);
    for await (
      const chunk of joinChunks(streamBytes(Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(0)))
    ) {
      expect(chunk).toHaveLength(1);
    }
  });
});
