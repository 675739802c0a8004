/**
 * T8: archives that GNU tar and Python read differently are refused, what they agree on is read
 * as they do (CVE-2025-62518, CVE-2026-33055 and their like: a header smuggled in content).
 */
import { describe, expect, it } from "vitest";
import { readTar } from "../../src/tar/read.ts";
import { inOne, readAll } from "./support/bytes.ts";
import { gnuList, hasGnuTar, hasPython, listed, pythonList } from "./support/oracles.ts";
import * as raw from "./support/raw.ts";

const { archive, globalPax, longName, pax, rawFile, rawHeader, rawPax, record, toBlocks } = raw;

/** A header that is the content of the member before it, or a member itself: that is the question. */
const smuggled = rawHeader({ name: "smuggled" });
const after = rawFile("after", "abc");

const agreed: Record<string, { bytes: Buffer; paths: string[] }> = {
  "a PAX size that is larger than the header's": {
    bytes: archive(pax(["size", "512"]), rawHeader({ name: "a" }), smuggled, after),
    paths: ["a", "after"],
  },
  "a PAX size that is smaller than the header's": {
    bytes: archive(pax(["size", "0"]), rawHeader({ name: "a", size: 512 }), smuggled, after),
    paths: ["a", "smuggled", "after"],
  },
  "a hard link with a size, but no content": {
    bytes: archive(rawHeader({ name: "l", type: "1", linkname: "a", size: 512 }), after),
    paths: ["l", "after"],
  },
  "a hard link whose PAX size is 0": {
    bytes: archive(
      pax(["size", "0"]),
      rawHeader({ name: "l", type: "1", linkname: "a", size: 512 }),
      after,
    ),
    paths: ["l", "after"],
  },
  "a folder with a list of its files, which looks like a header": {
    bytes: archive(rawHeader({ name: "d/", type: "D", size: 512 }), smuggled, after),
    paths: ["d", "after"],
  },
  "a directory with a size, but no content": {
    bytes: archive(rawHeader({ name: "d/", type: "5", size: 512 }), smuggled, after),
    paths: ["d", "smuggled", "after"],
  },
  "a v7 directory": {
    bytes: archive(rawHeader({ name: "d/", type: "\0", magic: raw.V7 }), after),
    paths: ["d", "after"],
  },
  "a prefix": {
    bytes: archive(rawHeader({ name: "b", prefix: "a" }), after),
    paths: ["a/b", "after"],
  },
  "a name without a NUL": {
    bytes: archive(rawHeader({ name: "n".repeat(100), linkname: "l".repeat(100) }), after),
    paths: ["n".repeat(100), "after"],
  },
  "a GNU long name": {
    bytes: archive(longName("long\0"), longName("target\0", "K"), rawHeader({ type: "2" }), after),
    paths: ["long", "after"],
  },
  "a GNU long name and a PAX time": {
    bytes: archive(longName("long\0"), pax(["mtime", "1.5"]), rawHeader({}), after),
    paths: ["long", "after"],
  },
  "a Solaris extended header": {
    bytes: archive(rawPax(record("path", "solaris"), "X"), rawHeader({}), after),
    paths: ["solaris", "after"],
  },
  "a record said twice": {
    bytes: archive(pax(["path", "first"], ["path", "second"]), rawHeader({}), after),
    paths: ["second", "after"],
  },
  "global records": {
    bytes: archive(globalPax(["comment", "hi"], ["uid", "12"]), rawHeader({}), after),
    paths: ["member", "after"],
  },
  "a path that is not UTF-8": {
    bytes: archive(pax(["path", Buffer.from([0x78, 0xff, 0xc3])]), rawHeader({}), after),
    paths: ["x\udcff\udcc3", "after"],
  },
  "a path with a newline in it": {
    bytes: archive(pax(["path", "a\nb"]), rawHeader({}), after),
    paths: ["a\nb", "after"],
  },
  "a signed checksum": {
    bytes: archive(rawHeader({ name: "ü", signed: true }), after),
    paths: ["ü", "after"],
  },
  "numbers that are all NUL": {
    bytes: archive(rawHeader({ size: Buffer.alloc(12), uid: Buffer.alloc(8) }), after),
    paths: ["member", "after"],
  },
  "a number with something after its NUL": {
    bytes: archive(rawHeader({ size: "0000003\0junk" }), toBlocks("abc"), after),
    paths: ["member", "after"],
  },
  "a number padded with spaces": {
    bytes: archive(rawHeader({ size: "          3 " }), toBlocks("abc"), after),
    paths: ["member", "after"],
  },
  "an archive without an end": {
    bytes: Buffer.concat([rawHeader({}), after]),
    paths: ["member", "after"],
  },
  "an archive of nothing": { bytes: Buffer.alloc(10240), paths: [] },
};

describe("what GNU tar and Python agree on is read as they do:", () => {
  const archives = Object.values(agreed).map(({ bytes }) => bytes);
  const byPython = hasPython ? pythonList(...archives) : [];
  for (const [n, [what, { bytes, paths }]] of Object.entries(agreed).entries()) {
    it(what, async () => {
      const members = (await readAll(inOne(bytes))).map(({ entry }) => listed(entry));
      expect(members.map(({ path }) => path)).toEqual(paths);
      if (hasGnuTar) expect(gnuList(bytes)).toEqual(members);
      if (hasPython) {
        expect(byPython[n]?.map(({ path }) => path)).toEqual(paths);
      }
    });
  }
});

const sparse10: [string, string][] = [
  ["GNU.sparse.major", "1"],
  ["GNU.sparse.minor", "0"],
  ["GNU.sparse.name", "sparse"],
  ["GNU.sparse.realsize", "1024"],
];
const map10 = Buffer.concat([toBlocks("1\n0\n3\n"), toBlocks("abc")]);

const refused: Record<string, Buffer[]> = {
  "a hard link whose PAX size is not 0": [
    pax(["size", "512"]),
    rawHeader({ type: "1", linkname: "a" }),
    smuggled,
  ],
  "a symbolic link with content": [rawHeader({ type: "2", linkname: "a", size: 512 }), smuggled],
  "a fifo with content": [rawHeader({ type: "6", size: 512 }), smuggled],
  "a device with content": [rawHeader({ type: "3", size: 512 }), smuggled],
  "a file whose name ends in a slash": [rawHeader({ name: "d/", size: 512 }), smuggled],
  "a v7 directory with content": [
    rawHeader({ name: "d/", type: "\0", magic: raw.V7, size: 512 }),
    smuggled,
  ],
  "a v7 directory that PAX makes a file": [
    pax(["path", "file"]),
    rawHeader({ name: "d/", type: "\0" }),
  ],
  "a prefix in GNU format that is neither text nor times": [
    rawHeader({ magic: raw.GNU, prefix: "a\x7f" }),
  ],
  "a prefix in v7 format": [rawHeader({ magic: raw.V7, prefix: "a" })],
  "two extended headers": [pax(["path", "a"]), pax(["path", "b"]), rawHeader({})],
  "two long names": [longName("a\0"), longName("b\0"), rawHeader({})],
  "a long name and a PAX path": [longName("a\0"), pax(["path", "b"]), rawHeader({})],
  "a PAX path and a long name": [pax(["path", "b"]), longName("a\0"), rawHeader({})],
  "a long link name and a PAX linkpath": [
    longName("a\0", "K"),
    pax(["linkpath", "b"]),
    rawHeader({ type: "2" }),
  ],
  "a global header between an extended header and its member": [
    pax(["path", "a"]),
    globalPax(["path", "b"]),
    rawHeader({}),
  ],
  "a global size": [globalPax(["size", "512"]), rawHeader({}), smuggled],
  "a global path": [globalPax(["path", "all"]), rawHeader({})],
  "a NUL in a PAX path": [pax(["path", "a\0b"]), rawHeader({})],
  "a NUL in a PAX keyword": [pax(["path\0x", "b"]), rawHeader({})],
  "an empty PAX path": [pax(["path", ""]), rawHeader({})],
  "an empty name": [rawHeader({ name: "" })],
  "a link to nothing": [rawHeader({ type: "2" })],
  "a PAX size with a space": [pax(["size", " 512"]), rawHeader({}), smuggled],
  "an empty PAX size": [pax(["size", ""]), rawHeader({})],
  "a negative PAX size": [pax(["size", "-512"]), rawHeader({})],
  "a PAX size that is too large": [pax(["size", "9007199254740993"]), rawHeader({})],
  "a record with a wrong length": [rawPax("12 path=ab\n"), rawHeader({})],
  "a record that is longer than its header": [rawPax("99 path=ab\n"), rawHeader({})],
  "a record without a newline": [rawPax("11 path=abc"), rawHeader({})],
  "a record without a keyword": [rawPax("6 =ab\n"), rawHeader({})],
  "a record without a value": [rawPax("6 abc\n"), rawHeader({})],
  "a record whose equals sign is in the next": [rawPax("6 abc\n10 path=a\n"), rawHeader({})],
  "a record without a length": [rawPax("path=ab\n"), rawHeader({})],
  "records behind the size of their header": [
    rawHeader({ type: "x", size: 10 }),
    toBlocks("10 path=a\n10 path=b\n"),
    rawHeader({}),
  ],
  "a long name that goes on behind its size": [
    rawHeader({ type: "L", size: 2 }),
    toBlocks("abcd"),
    rawHeader({}),
  ],
  "a long name with a NUL in it": [longName("a\0b\0"), rawHeader({})],
  "an empty long name": [longName(""), rawHeader({})],
  "a number with a NUL before it": [rawHeader({ size: "\x0000000000003" }), toBlocks("abc")],
  "a number with a sign": [rawHeader({ size: "-0000000003\0" }), toBlocks("abc")],
  "a number of spaces": [rawHeader({ size: " ".repeat(12) })],
  "a number that ends in letters": [rawHeader({ size: "00000000003x" }), toBlocks("abc")],
  "a negative size": [rawHeader({ size: Buffer.alloc(12, 0xff) })],
  "a size that is too large": [
    rawHeader({ size: Buffer.concat([Buffer.from([0x80]), Buffer.alloc(11, 0xff)]) }),
  ],
  "a base-256 lead that is none": [rawHeader({ size: Buffer.from([0xc0, ...Array(11).fill(0)]) })],
  "a negative uid": [rawHeader({ uid: Buffer.alloc(8, 0xff) })],
  "a uid of more than 32 bits": [pax(["uid", "4294967296"]), rawHeader({})],
  "a time with an exponent": [pax(["mtime", "1e5"]), rawHeader({})],
  "a file with broken device numbers": [rawHeader({ device: "zzzzzzz\0" })],
  "an extended header with a broken time": [
    rawHeader({ type: "x", size: 10, mtime: "zzz" }),
    toBlocks("10 path=a\n"),
    rawHeader({}),
  ],
  "a broken uid that PAX overrides": [pax(["uid", "1"]), rawHeader({ uid: "zzz" })],
  "a v7 device": [rawHeader({ type: "3", magic: raw.V7 })],
  "a sparse file in a hard link": [pax(...sparse10), rawHeader({ type: "1", linkname: "a" })],
  "a sparse file with two names": [
    pax(...sparse10, ["path", "other"]),
    rawHeader({ size: 515 }),
    map10,
  ],
  "a PAX sparse file in v7 format": [
    pax(...sparse10),
    rawHeader({ size: 515, magic: raw.V7 }),
    map10,
  ],
  "an old sparse file in ustar format": [rawHeader({ type: "S" })],
  "a sparse file with two sizes": [
    pax(...sparse10, ["size", "515"]),
    rawHeader({ size: 515 }),
    map10,
  ],
  "a sparse file whose records are out of order": [
    pax(["GNU.sparse.map", "5,3"], ["GNU.sparse.numblocks", "1"], ["GNU.sparse.size", "1024"]),
    rawFile("s", "abc"),
  ],
  "an incomplete sparse file": [pax(["GNU.sparse.realsize", "1024"]), rawHeader({})],
  "an extended header at the end": [pax(["path", "a"]), raw.END],
  "something after the last record": [raw.END, Buffer.alloc(9216), rawFile("hidden")],
  "something after one block of zeros": [Buffer.alloc(512), rawFile("hidden")],
};

describe("what GNU tar and Python read differently, or one of them not at all, is refused:", () => {
  for (const [what, parts] of Object.entries(refused)) {
    it(what, async () => {
      const bytes = archive(...parts, after);
      const paths = readAll(inOne(bytes)).then((members) => members.map(({ entry }) => entry.path));
      await expect(paths).rejects.toMatchObject({ name: "NixociError", code: "MALFORMED" });
    });
  }

  it.each(["V", "M", "N", "A", "Z"])("type %s, which is not a kind of file", async (type) => {
    const result = readAll(inOne(archive(rawHeader({ type }), after)));
    await expect(result).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});

describe("what is read as Docker, containerd and Podman do, though others differ or complain:", () => {
  const times = "14000000001\x0014000000002\0";
  it.each<[string, Buffer[], string[]]>([
    ["fields of spaces", [rawHeader({ mode: " ".repeat(8), uid: " ".repeat(8) })], ["member"]],
    ["fields of spaces and a NUL", [rawHeader({ size: `${" ".repeat(11)}\0` })], ["member"]],
    ["a blank time, and blank devices", [
      rawHeader({ mtime: " ".repeat(12), device: " ".repeat(16) }),
    ], ["member"]],
    ["times of access and change in GNU format", [
      rawHeader({ magic: raw.GNU, prefix: times }),
    ], ["member"]],
    ["such times in base 256", [
      rawHeader({ magic: raw.GNU, put: [[345, Buffer.from([0x80])], [356, "x"], [357, times]] }),
    ], ["member"]],
    ["a prefix in GNU format, as Go wrote it before 1.8", [
      rawHeader({ magic: raw.GNU, prefix: "a/prefix" }),
    ], ["a/prefix/member"]],
  ])("%s", async (_, parts, paths) => {
    const members = await readAll(inOne(archive(...parts, after)));
    expect(members.map(({ entry }) => entry.path)).toEqual([...paths, "after"]);
    expect(members[0]!.entry).toMatchObject({ uid: 0, size: 0, mtime: 0n });
  });

  it("a folder with the list of its files, as GNU tar writes it with --incremental", async () => {
    const folder = rawHeader({
      type: "D",
      name: "folder/",
      magic: raw.GNU,
      prefix: times,
      size: 7,
    });
    const members = await readAll(inOne(archive(folder, toBlocks("Yfile\0\0"), after)));
    expect(members.map(({ entry }) => [entry.path, entry.type, entry.size])).toEqual([
      ["folder/", "directory", 0],
      ["after", "file", 3],
    ]);
  });

  it("but not a size of spaces alone, from which GNU tar goes astray", async () => {
    const result = readAll(inOne(archive(rawHeader({ size: " ".repeat(12) }), after)));
    await expect(result).rejects.toThrow(/its size is not a number/);
  });

  it("no bytes at all: an archive of nothing", async () => {
    expect(await readAll(inOne(Buffer.alloc(0)))).toEqual([]);
  });

  it("stale bytes in the last record, with a notice", async () => {
    const bytes = Buffer.concat([after, raw.END, rawFile("stale", "x")]);
    const notices: string[] = [];
    const paths: string[] = [];
    const onNotice = ({ message }: { message: string }) => notices.push(message);
    for await (const { entry } of readTar(inOne(bytes), { onNotice })) paths.push(entry.path);
    expect(paths).toEqual(["after"]);
    expect(notices).toEqual(["stale bytes after the end of the tar archive are left out"]);
    await expect((async () => {
      for await (const member of readTar(inOne(bytes), { strict: true })) {
        paths.push(member.entry.path);
      }
    })()).rejects.toThrow(/goes on after its end/);
  });
});
