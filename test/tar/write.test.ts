import { link, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import type { TarFields } from "../../src/tar/entry.ts";
import { readTar } from "../../src/tar/read.ts";
import {
  encodeHeader,
  END_OF_ARCHIVE,
  paddingOf,
  patchSize,
  type TarInput,
  writeTar,
} from "../../src/tar/write.ts";
import { inChunks, inOne, readAll } from "./support/bytes.ts";
import { temporaryFolder } from "../support/folder.ts";
import { gnuTar, hasGnuTar } from "./support/oracles.ts";
import * as raw from "./support/raw.ts";

describe("encodeHeader", () => {
  it("writes ustar, byte for byte", () => {
    const fields: TarFields = {
      path: "etc/passwd",
      mode: 0o4644,
      uid: 1000,
      gid: 100,
      size: 1234,
      mtime: 1_700_000_000n * 1_000_000_000n,
      uname: "root",
      gname: "wheel",
    };
    expect(encodeHeader(fields)).toEqual(raw.rawHeader({
      name: "etc/passwd",
      mode: "0004644\0",
      uid: "0001750\0",
      size: 1234,
      mtime: "14524770400\0",
      put: [[116, "0000144\0"], [265, "root"], [297, "wheel"]],
    }));
  });

  it.skipIf(!hasGnuTar)("writes what GNU tar's ustar does", async () => {
    const folder = await temporaryFolder();
    const long = `${"d".repeat(90)}/${"n".repeat(60)}`;
    await mkdir(join(folder, "d".repeat(90)));
    await writeFile(join(folder, long), "");
    await symlink("target", join(folder, "l"));
    await writeFile(join(folder, "f"), "");
    await link(join(folder, "f"), join(folder, "h"));
    const options = ["--format=ustar", "--owner=me:12", "--group=us:34", "--mtime=@56", "-b1"];
    const names = ["d".repeat(90), long, "f", "h", "l"];
    const mode = ["--mode=u=rw,go=r", "--no-recursion", "-cf", "-"];
    const common = {
      uid: 12,
      gid: 34,
      uname: "me",
      gname: "us",
      mtime: 56_000_000_000n,
      mode: 0o644,
    };
    expect(gnuTar([...options, ...mode, ...names], folder)).toEqual(Buffer.concat([
      encodeHeader({ ...common, path: `${"d".repeat(90)}/`, type: "directory" }),
      encodeHeader({ ...common, path: long }),
      encodeHeader({ ...common, path: "f" }),
      encodeHeader({ ...common, path: "h", type: "hardlink", linkpath: "f" }),
      encodeHeader({ ...common, path: "l", type: "symlink", linkpath: "target" }),
      END_OF_ARCHIVE,
    ]));
  });

  it("says in PAX records what ustar cannot, in the order of their keywords", async () => {
    const header = encodeHeader({
      path: "é",
      size: 8 ** 11,
      uid: 2 ** 21,
      mtime: 1_500_000_000n,
      xattrs: new Map([["user.z", Buffer.from("1")], ["user.a=", Buffer.from([0])]]),
    });
    const body = Buffer.concat([
      raw.record("SCHILY.xattr.user.a%3D", Buffer.from([0])),
      raw.record("SCHILY.xattr.user.z", "1"),
      raw.record("mtime", "1.5"),
      raw.record("path", "é"),
      raw.record("size", "8589934592"),
      raw.record("uid", "2097152"),
    ]);
    expect(header.length).toBe(3 * 512);
    expect(header.subarray(512, 512 + body.length)).toEqual(body);
  });

  it("repeats in the ustar block what that can hold, for readers that know no PAX", () => {
    const block = encodeHeader({ path: "é", size: 8 ** 11, uid: 2 ** 21 }).subarray(-512);
    expect(block.subarray(0, 3)).toEqual(Buffer.from("é\0"));
    expect(block.subarray(108, 116)).toEqual(Buffer.from([0x80, 0, 0, 0, 0, 0x20, 0, 0]));
    expect(block.subarray(124, 136)).toEqual(
      Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]),
    );
  });

  it.each<[string, TarFields]>([
    ["a name", { path: "" }],
    ["a NUL in a name", { path: "a\0b" }],
    ["a surrogate that stands for no byte", { path: "a\ud800" }],
    ["a link without a target", { path: "a", type: "symlink" }],
    ["a target without a link", { path: "a", linkpath: "b" }],
    ["content of a directory", { path: "a", type: "directory", size: 1 }],
    ["a slash after a file", { path: "a/" }],
    ["a negative size", { path: "a", size: -1 }],
    ["half a byte", { path: "a", size: 0.5 }],
    ["a uid that is not a number", { path: "a", uid: NaN }],
    ["a mode with a type", { path: "a", mode: 0o100644 }],
  ])("refuses %s", (_, fields) => {
    expect(() => encodeHeader(fields)).toThrow(expect.objectContaining({ code: "MALFORMED" }));
  });
});

describe("patchSize", () => {
  it.each([0, 1, 511, 8 ** 11 - 1, 8 ** 11, 2 ** 40])("writes %s in place", async (size) => {
    for (const path of ["layer.tar", "n".repeat(300)]) {
      const header = encodeHeader({ path });
      const length = header.length;
      patchSize(header, size);
      expect(header.length).toBe(length);
      expect(await readSize(header)).toBe(size);
    }
  });

  it("makes the header that a known size makes", () => {
    const header = encodeHeader({ path: "a", mode: 0o644 });
    patchSize(header, 12345);
    expect(header).toEqual(encodeHeader({ path: "a", mode: 0o644, size: 12345 }));
  });

  it("refuses a header that has a size", () => {
    const header = encodeHeader({ path: "a", size: 1 });
    expect(() => patchSize(header, 2)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

/** The size in a header, by way of the reader: the content itself is not there. */
async function readSize(header: Uint8Array): Promise<number | undefined> {
  for await (const { entry } of readTar(streamBytes(header))) return entry.size;
}

describe("paddingFor", () => {
  it("fills the last block", () => {
    expect([0, 1, 511, 512, 513].map((size) => paddingOf(size).length)).toEqual([
      0,
      511,
      1,
      0,
      511,
    ]);
  });
});

describe("writeTar", () => {
  const text = (path: string, content: string): TarInput => ({
    fields: { path, size: content.length },
    data: streamBytes(Buffer.from(content)),
  });

  it("writes headers, contents, padding and the end", async () => {
    const bytes = await collectStream(
      writeTar([text("a", "abc"), { fields: { path: "b" } }]),
      1e6,
      "it",
    );
    expect(bytes).toEqual(Buffer.concat([
      encodeHeader({ path: "a", size: 3 }),
      Buffer.from("abc"),
      Buffer.alloc(509),
      encodeHeader({ path: "b" }),
      END_OF_ARCHIVE,
    ]));
    expect(await collectStream(writeTar([]), 1e6, "it")).toEqual(Buffer.alloc(1024));
  });

  it("writes the same, however contents arrive", async () => {
    const content = Buffer.alloc(1_000_000, "0123456789");
    const sizes = [1, 1000, 65_535, 65_536, 200_000, 1_000_000];
    const archives = await Promise.all(sizes.map((size) => {
      const members = [1, 2].map((n) => ({
        fields: { path: `${n}`, size: content.length },
        data: inChunks(content, () => size === 1 ? 997 : size),
      }));
      return collectStream(writeTar([text("a", "abc"), ...members, text("b", "def")]), 1e7, "it");
    }));
    for (const archive of archives) expect(archive.equals(archives[0]!)).toBe(true);
    expect((await readAll(inOne(archives[0]!))).map(({ stored }) => stored.length))
      .toEqual([3, 1_000_000, 1_000_000, 3]);
  });

  it("puts small members together, and keeps its chunks while they are looked at", async () => {
    const members = Array.from({ length: 2000 }, (_, n) => text(`f${n}`, `${n}`));
    const chunks: Buffer[] = [];
    for await (const chunk of writeTar(members)) chunks.push(Buffer.from(chunk));
    expect(chunks.length).toBeLessThan(12);
    const read = await readAll(inOne(Buffer.concat(chunks)));
    expect(read.map(({ stored }) => stored.toString())).toEqual(members.map((_, n) => `${n}`));
  });

  it.each([["fewer", "ab"], ["more", "abcd"]])(
    "fails when there are %s bytes",
    async (_, content) => {
      const members = [{ fields: { path: "a", size: 3 }, data: streamBytes(Buffer.from(content)) }];
      await expect(collectStream(writeTar(members), 1e6, "it")).rejects.toMatchObject({
        code: "SIZE",
      });
    },
  );

  it("fails when there is a size, but no data", async () => {
    const members = [{ fields: { path: "a", size: 3 } }];
    await expect(collectStream(writeTar(members), 1e6, "it")).rejects.toThrow(
      '"a" should have 3 bytes, but its data has 0',
    );
  });
});
