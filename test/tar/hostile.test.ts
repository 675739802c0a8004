/** Archives that are cut, damaged or made of garbage: an error of ours, or what the others see. */
import { describe, expect, it } from "vitest";
import { NixociError } from "../../src/base/errors.ts";
import { indexTar } from "../../src/tar/index.ts";
import { archiveOf, asFile, inOne, type Read, readAll } from "./support/bytes.ts";
import { gnuList, hasGnuTar, hasPython, listed, pythonList } from "./support/oracles.ts";
import { type Random, random } from "./support/random.ts";
import * as raw from "./support/raw.ts";

/** An archive with one of everything. */
const rich = raw.archive(
  raw.globalPax(["comment", "everything"]),
  archiveOf(
    [{ path: "dir/", type: "directory" }],
    [{ path: "dir/file", mtime: 1_500_000_000n }, "x".repeat(1300)],
    [{ path: "link", type: "symlink", linkpath: "dir/file" }],
    [{ path: "hard", type: "hardlink", linkpath: "dir/file" }],
    [{ path: "null", type: "char", devmajor: 1, devminor: 3 }],
    [{ path: `long/${"é".repeat(200)}`, xattrs: new Map([["user.a", Buffer.from("b")]]) }, "abc"],
  ).subarray(0, -1024),
  raw.longName("gnu/long\0"),
  raw.rawHeader({ magic: raw.GNU, size: 3 }),
  raw.toBlocks("abc"),
  raw.pax(
    ["GNU.sparse.major", "1"],
    ["GNU.sparse.minor", "0"],
    ["GNU.sparse.name", "sparse"],
    ["GNU.sparse.realsize", "1024"],
  ),
  raw.rawHeader({ size: 515 }),
  raw.toBlocks("1\n5\n3\n"),
  raw.toBlocks("abc"),
  raw.rawFile("last", "abc"),
);

/** The members; `undefined` when it is refused, and any other error than ours is thrown. */
async function readOrRefuse(bytes: Buffer): Promise<Read[] | undefined> {
  try {
    return await readAll(inOne(bytes));
  } catch (error) {
    if (error instanceof NixociError && error.code !== "IO") return undefined;
    throw error;
  }
}

/** What is accepted, Python and GNU tar accept, and list as we do. */
async function checkAgreement(archives: Buffer[]): Promise<number> {
  const ours = await Promise.all(archives.map(readOrRefuse));
  const accepted = archives.flatMap((bytes, n) => {
    const read = ours[n];
    return read === undefined ? [] : [{ bytes, list: read.map(({ entry }) => listed(entry)) }];
  });
  if (hasGnuTar) {
    for (const { bytes, list } of accepted) expect(gnuList(bytes)).toEqual(list);
  }
  if (hasPython && accepted.length > 0) {
    const theirs = pythonList(...accepted.map(({ bytes }) => bytes));
    for (const [n, { list }] of accepted.entries()) {
      expect(theirs[n]?.map(({ path, type, size }) => ({ path, type, size }))).toEqual(
        list.map(({ path, type, size }) => ({ path, type, size })),
      );
    }
  }
  for (const [n, bytes] of archives.entries()) {
    const index = await indexTar(asFile(bytes)).catch((error) => {
      if (error instanceof NixociError) return undefined;
      throw error;
    });
    expect(index?.members.length).toBe(ours[n]?.length);
  }
  return accepted.length;
}

describe("an archive that is", () => {
  it("whole is read by all", async () => {
    expect(await checkAgreement([rich])).toBe(1);
    expect(await readAll(inOne(rich))).toHaveLength(9);
  });

  it("cut at a block is refused, or ends between members", async () => {
    const cuts = Array.from(
      { length: rich.length / 512 - 1 },
      (_, n) => rich.subarray(0, (n + 1) * 512),
    );
    const accepted = await checkAgreement(cuts);
    expect(accepted).toBeGreaterThan(5);
    expect(accepted).toBeLessThan(cuts.length - 10);
  });

  it("cut within a block is refused", async () => {
    const { below } = random(4);
    for (let round = 0; round < 100; round++) {
      const end = below(rich.length - 1024);
      if (end % 512 !== 0) expect(await readOrRefuse(rich.subarray(0, end))).toBeUndefined();
    }
  });

  it("damaged anywhere is refused, or read as others read it", async () => {
    const generator = random(5);
    await checkAgreement(Array.from({ length: 300 }, () => damaged(generator)));
  });

  it("damaged and summed again is refused, or read as others read it", async () => {
    const generator = random(6);
    const archives = Array.from({ length: 400 }, () => summedAgain(generator));
    expect(await checkAgreement(archives)).toBeGreaterThan(20);
  });

  it("garbage is refused", async () => {
    const { below, bytes } = random(7);
    for (let round = 0; round < 50; round++) {
      expect(await readOrRefuse(bytes(1 + below(4000)))).toBeUndefined();
    }
  });
});

/** A few bytes changed, some of them to what means something. */
function damaged({ below, pick }: Random): Buffer {
  const bytes = Buffer.from(rich);
  for (let n = 1 + below(4); n > 0; n--) {
    bytes[below(bytes.length)] = pick([0, 0x20, 0x2f, 0x30, 0x37, 0x80, 0xff, below(256)]);
  }
  return bytes;
}

/** Bytes of a header changed under a checksum that is right. */
function summedAgain({ below, pick }: Random): Buffer {
  const bytes = Buffer.from(rich);
  const headers = Array.from({ length: bytes.length / 512 }, (_, n) => n * 512).filter((at) => {
    return bytes.toString("latin1", at + 257, at + 262) === "ustar";
  });
  const at = pick(headers);
  const block = bytes.subarray(at, at + 512);
  const fields = [0, 99, 100, 108, 124, 126, 134, 136, 156, 157, 257, 263, 265, 329, 345, 500];
  const place = pick([...fields, 156, 124, below(512)]);
  block[place] = pick([0, 0x20, 0x2f, 0x30, 0x31, 0x35, 0x4c, 0x53, 0x78, 0x80, 0xff, below(256)]);
  raw.summed(block);
  return bytes;
}
