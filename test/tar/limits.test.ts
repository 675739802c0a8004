/** R2: what stands before a content is bounded, whatever sizes it claims. */
import { describe, expect, it } from "vitest";
import type { ByteStream } from "../../src/bytes/stream.ts";
import { readTar } from "../../src/tar/read.ts";
import { inOne, readAll } from "./support/bytes.ts";
import * as raw from "./support/raw.ts";

const MiB = 1024 * 1024;

/** The bytes, and then as much as anyone asks for; `read` counts that. */
function endless(
  start: Uint8Array,
  fill: string | number = 0,
): { stream: ByteStream; read: () => number } {
  let read = 0;
  async function* stream(): ByteStream {
    yield start;
    for (const more = Buffer.alloc(64 * 1024, fill);;) {
      read += more.length;
      yield more;
    }
  }
  return { stream: stream(), read: () => read };
}

async function firstOf(stream: ByteStream): Promise<unknown> {
  for await (const { entry } of readTar(stream)) return entry;
}

describe("headers that are too large", () => {
  const sparse = raw.pax(
    ["GNU.sparse.major", "1"],
    ["GNU.sparse.minor", "0"],
    ["GNU.sparse.name", "s"],
    ["GNU.sparse.realsize", "1"],
  );
  it.each([
    ["an extended header", raw.rawHeader({ type: "x", size: MiB + 1 })],
    ["a global header", raw.rawHeader({ type: "g", size: 8 ** 11 - 1 })],
    ["a GNU long name", raw.rawHeader({ type: "L", size: MiB + 1 })],
    ["a GNU long link name", raw.rawHeader({ type: "K", size: 8 ** 11 - 1 })],
  ])("%s is refused before it is read", async (_, header) => {
    const { stream, read } = endless(header);
    await expect(firstOf(stream)).rejects.toMatchObject({ code: "LIMIT" });
    expect(read()).toBe(0);
  });

  it("a PAX sparse map is refused when it grows too long", async () => {
    const header = raw.rawHeader({ size: 8 ** 11 - 1 });
    const start = Buffer.from("999999999\n".padEnd(512, "1\n"));
    const { stream, read } = endless(Buffer.concat([sparse, header, start]), "1\n");
    await expect(firstOf(stream)).rejects.toMatchObject({ code: "LIMIT" });
    expect(read()).toBeLessThan(8 * MiB);
  });

  it("an old sparse map is refused when it grows too long", async () => {
    const header = raw.rawHeader({ type: "S", magic: raw.GNU, put: oldExtents(386, 4) });
    const block = Buffer.alloc(512);
    for (const [at, bytes] of oldExtents(0, 21)) block.set(bytes, at);
    async function* forever(): ByteStream {
      yield header;
      for (;;) yield block;
    }
    await expect(firstOf(forever())).rejects.toMatchObject({ code: "LIMIT" });
  });

  it("global headers without end are refused", async () => {
    async function* forever(): ByteStream {
      for (;;) yield raw.globalPax(["comment", "again"]);
    }
    await expect(firstOf(forever())).rejects.toMatchObject({ code: "LIMIT" });
  });

  it("global records without number are refused", async () => {
    const records = Array.from({ length: 65 }, (_, n): [string, string] => [`k${n}`, "v"]);
    const bytes = raw.archive(raw.globalPax(...records), raw.rawFile("a"));
    await expect(readAll(inOne(bytes))).rejects.toMatchObject({ code: "LIMIT" });
    expect(await readAll(inOne(raw.archive(raw.globalPax(...records.slice(1)), raw.rawFile("a")))))
      .toHaveLength(1);
  });

  it("what is as large as it may be is read", async () => {
    const name = "n".repeat(MiB - 1);
    const [member] = await readAll(
      inOne(raw.archive(raw.longName(`${name}\0`), raw.rawHeader({}))),
    );
    expect(member?.entry.path).toBe(name);
    const value = Buffer.alloc(MiB - 64, 0xfe);
    const pax = raw.pax(["SCHILY.xattr.user.large", value]);
    const [other] = await readAll(inOne(raw.archive(pax, raw.rawHeader({}))));
    expect(other?.entry.xattrs.get("user.large")).toEqual(value);
  });
});

function oldExtents(at: number, count: number): [number, Buffer][] {
  const extent = Buffer.from("00000000000\x0000000000001\0");
  const extents = Array.from({ length: count }, (_, n): [number, Buffer] => [at + 24 * n, extent]);
  return [...extents, [at + 24 * count, Buffer.from([1])]];
}
