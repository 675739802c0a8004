import { describe, expect, it } from "vitest";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { detectCompression, HEAD_SIZE, peekStream } from "../../src/bytes/detect.ts";
import { streamBytes } from "../../src/bytes/stream.ts";
import { all, cut, watched } from "./support/samples.ts";

const hello = Buffer.from("hello, world");

describe("detect", () => {
  it.each([
    ["gzip", gzipSync(hello)],
    ["zstd", zstdCompressSync(hello)],
    ["zstd", Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0])],
    ["zstd", Buffer.from([0x5f, 0x2a, 0x4d, 0x18])],
    ["none", Buffer.from([0x60, 0x2a, 0x4d, 0x18])],
    ["bzip2", Buffer.from("BZh91AY")],
    ["xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
    ["none", hello],
    ["none", Buffer.alloc(512)],
    ["none", Buffer.from([0x1f])],
    ["none", Buffer.alloc(0)],
  ])("knows %s by its first bytes", (kind, bytes) => {
    expect(detectCompression(bytes.subarray(0, HEAD_SIZE))).toBe(kind);
  });
});

describe("peek", () => {
  it.each([1, 5, 6, 7, 100, -4])(
    "gives the head and the whole stream, in chunks of %i",
    async (size) => {
      const { head, stream } = await peekStream(cut(hello, size), 6);
      expect(Buffer.from(head).toString()).toBe("hello,");
      expect((await all(stream)).toString()).toBe("hello, world");
    },
  );

  it("gives what there is of a stream that is too short, or empty", async () => {
    const short = await peekStream(streamBytes(hello), 100);
    expect(Buffer.from(short.head)).toEqual(hello);
    expect(await all(short.stream)).toEqual(hello);
    const empty = await peekStream(streamBytes(), 6);
    expect(empty.head).toHaveLength(0);
    expect(await all(empty.stream)).toHaveLength(0);
  });

  it("releases the stream when it is left, and when it is never read", async () => {
    for (const read of [true, false]) {
      const { stream, log } = watched(cut(hello, 3));
      const peeked = await peekStream(stream, 2);
      expect(log).toEqual(["open"]);
      if (read) { for await (const _ of peeked.stream) break; }
      else await peeked.stream[Symbol.asyncDispose]();
      expect(log).toEqual(["open", "release"]);
    }
  });

  it("passes on what the stream throws", async () => {
    const broken = async function* () {
      yield hello;
      throw new Error("broken");
    };
    await expect(peekStream(broken(), 100)).rejects.toThrow("broken");
    const later = await peekStream(broken(), 4);
    await expect(all(later.stream)).rejects.toThrow("broken");
  });
});
