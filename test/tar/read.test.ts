import { describe, expect, it } from "vitest";
import type { ByteStream } from "../../src/bytes/stream.ts";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { readTar } from "../../src/tar/read.ts";
import { archiveOf, inChunks, inOne, readAll, reassemble } from "./support/bytes.ts";
import { random } from "./support/random.ts";
import * as raw from "./support/raw.ts";

const three = archiveOf(
  [{ path: "a", mode: 0o644, uid: 1, gid: 2, uname: "u", gname: "g" }, "x".repeat(700)],
  [{ path: "l".repeat(300), type: "symlink", linkpath: "a", mtime: 1_500_000_000n }],
  [{ path: "c", mtime: -5_000_000_000n }, "y".repeat(512)],
);

describe("readTar", () => {
  it("says all that a header says", async () => {
    const device = raw.rawHeader({
      name: "console",
      mode: "0020620\0",
      uid: "0000017\0",
      mtime: "00000000052\0",
      type: "3",
      device: "0000005\x000000001\0",
      put: [[265, "root"], [297, "tty"]],
    });
    const [member] = await readAll(inOne(raw.archive(device)));
    expect(member?.entry).toEqual({
      path: "console",
      type: "char",
      linkpath: "",
      size: 0,
      mode: 0o620,
      uid: 15,
      gid: 0,
      uname: "root",
      gname: "tty",
      mtime: 42_000_000_000n,
      devmajor: 5,
      devminor: 1,
      xattrs: new Map(),
      pax: new Map(),
      sparse: undefined,
      raw: device,
    });
  });

  it("reads PAX records over the header's fields, own over global ones", async () => {
    const [member] = await readAll(inOne(raw.archive(
      raw.globalPax(["uid", "7"], ["gid", "8"], ["comment", "for all"]),
      raw.pax(
        ["uid", "3000000000"],
        ["mtime", "-1.5"],
        ["uname", "bjørn"],
        ["SCHILY.xattr.user.a%3Db", Buffer.from([0, 0xff])],
        ["LIBARCHIVE.xattr.user.%C3%A9", "aGk"],
        ["LIBARCHIVE.xattr.security.capability", "aGk"],
        ["LIBARCHIVE.xattr.user.a%3Db", "bm8"],
      ),
      raw.rawHeader({}),
    )));
    const { uid, gid, uname, mtime, xattrs, pax } = member!.entry;
    expect({ uid, gid, uname, mtime }).toEqual({
      uid: 3_000_000_000,
      gid: 8,
      uname: "bjørn",
      mtime: -1_500_000_000n,
    });
    expect(xattrs.get("user.a=b")).toEqual(Buffer.from([0, 0xff]));
    expect(xattrs.get("user.é")).toEqual(Buffer.from("hi"));
    expect(xattrs.size).toBe(2);
    expect([...pax.keys()]).toEqual([
      "uid",
      "gid",
      "comment",
      "mtime",
      "uname",
      "SCHILY.xattr.user.a%3Db",
      "LIBARCHIVE.xattr.user.%C3%A9",
      "LIBARCHIVE.xattr.security.capability",
      "LIBARCHIVE.xattr.user.a%3Db",
    ]);
    expect(pax.get("SCHILY.xattr.user.a%3Db")).toBe("\0\udcff");
  });

  it("reads base-256 numbers, negative ones too", async () => {
    const mtime = Buffer.from([...Array(11).fill(0xff), 0xfe]);
    const size = Buffer.from([0x80, ...Array(9).fill(0), 2, 1]);
    const header = raw.rawHeader({ mtime, size });
    const [member] = await readAll(inOne(raw.archive(header, raw.toBlocks("x".repeat(513)))));
    expect(member?.entry.mtime).toBe(-2_000_000_000n);
    expect(member?.entry.size).toBe(513);
  });

  it("gives the same, however the bytes arrive", async () => {
    const whole = await readAll(inOne(three));
    expect(whole.map(({ entry }) => entry.path)).toEqual(["a", "l".repeat(300), "c"]);
    const { below } = random(2);
    for (
      const next of [() => 1, () => 511, () => 512, () => 513, () => below(3), () => below(2000)]
    ) {
      expect(await readAll(inChunks(three, next))).toEqual(whole);
    }
    expect(reassemble(whole)).toEqual(three);
  });

  it("skips what is not read, wherever the reading stops", async () => {
    for (const take of [0, 1, 2]) {
      const paths: string[] = [];
      for await (const { entry, data } of readTar(inChunks(three, () => 300))) {
        paths.push(entry.path);
        const reader = data[Symbol.asyncIterator]();
        for (let n = 0; n < take; n++) await reader.next();
      }
      expect(paths).toEqual(["a", "l".repeat(300), "c"]);
    }
  });

  it("refuses content that is asked for too late", async () => {
    const members = readTar(inOne(three))[Symbol.asyncIterator]();
    const first = (await members.next()).value!;
    await members.next();
    await expect(collectStream(first.data, 1000, "it")).rejects.toMatchObject({ code: "USAGE" });
  });

  it("opens nothing before it is asked, and lets go when its reader leaves", async () => {
    const calls: string[] = [];
    const archive: ByteStream = {
      [Symbol.asyncIterator]() {
        calls.push("open");
        return {
          next: () => Promise.resolve({ done: false, value: three }),
          return: () => {
            calls.push("return");
            return Promise.resolve({ done: true, value: undefined });
          },
        };
      },
    };
    const members = readTar(archive);
    expect(calls).toEqual([]);
    for await (const _ of members) break;
    expect(calls).toEqual(["open", "return"]);
  });

  it("lets go of the stream when the archive is refused", async () => {
    let closed = false;
    async function* garbage(): ByteStream {
      try {
        for (;;) yield Buffer.alloc(512, "g");
      } finally {
        closed = true;
      }
    }
    await expect(readAll(garbage())).rejects.toMatchObject({ code: "MALFORMED" });
    expect(closed).toBe(true);
  });

  it("passes the stream's own errors on", async () => {
    async function* broken(): ByteStream {
      yield three.subarray(0, 600);
      throw new Error("the wire is cut");
    }
    await expect(readAll(broken())).rejects.toThrow("the wire is cut");
  });

  it("says which member it is about, and where it is", async () => {
    const bytes = raw.archive(
      raw.rawFile("good", "abc"),
      raw.rawHeader({ name: "bad\n", uid: "x" }),
    );
    await expect(readAll(inOne(bytes))).rejects.toThrow(
      'Cannot read the tar member "bad\\n" at byte 1024: its uid is not a number',
    );
    const cut = raw.rawFile("cut", "x".repeat(600)).subarray(0, 700);
    await expect(readAll(inOne(cut))).rejects.toThrow(
      'Cannot read "cut": the tar archive ends within it',
    );
  });

  it.each([["a text", "hello\n"], ["more of it", "x".repeat(3000)], ["a program", "\x7fELF\x02"]])(
    "says of %s that it is not an archive, not that it was cut short",
    async (_, text) => {
      await expect(readAll(inOne(Buffer.from(text)))).rejects.toThrow(
        expect.objectContaining({ code: "MALFORMED", message: "it is not a tar archive" }),
      );
    },
  );

  it("keeps global headers as part of the member that they precede", async () => {
    const bytes = raw.archive(raw.globalPax(["comment", "hi"]), raw.rawFile("a", "abc"));
    const members = await readAll(streamBytes(bytes));
    expect(members[0]?.entry.raw.length).toBe(3 * 512);
    expect(reassemble(members)).toEqual(bytes);
  });
});
