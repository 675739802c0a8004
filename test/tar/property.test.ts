/** What holds for every archive, tried on many that are made up. */
import { describe, expect, it } from "vitest";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import type { TarFields, TarType } from "../../src/tar/entry.ts";
import { indexTar } from "../../src/tar/index.ts";
import { decodeName, encodeName } from "../../src/tar/name.ts";
import { writeTar } from "../../src/tar/write.ts";
import {
  asFile,
  hashOf,
  heard,
  inChunks,
  inOne,
  plainly,
  readAll,
  reassemble,
  said,
} from "./support/bytes.ts";
import { gnuList, hasGnuTar, listed } from "./support/oracles.ts";
import { type Random, random } from "./support/random.ts";

const TYPES: TarType[] = [
  ...["file", "file", "file", "hardlink", "symlink"] as const,
  ...["char", "block", "directory", "fifo", "contiguous"] as const,
];

function someName({ below, bytes, pick }: Random): string {
  const parts = Array.from({ length: 1 + below(4) }, () => {
    const part = pick(["a", "bc", "é", "日本", "\u{1f600}", ".", "-", "x".repeat(below(130))]);
    return pick([part, part, part, decodeName(bytes(3)).replace(/[\0/]/g, "_")]);
  });
  // Where bytes that are not UTF-8 meet, they may be.
  return decodeName(encodeName(`n${parts.join(pick(["/", "", "."]))}`));
}

function someFields(random: Random, size: number): TarFields {
  const { below, bytes, chance, pick } = random;
  const type = pick(TYPES);
  const path = someName(random);
  const number = () => pick([0, below(100), below(2 ** 21), below(2 ** 32 - 1)]);
  const seconds = BigInt(pick([0, below(2 ** 31), 8 ** 11, -below(2 ** 31)]));
  const fraction = seconds < 0n ? 0n : BigInt(pick([0, 0, below(1e9)]));
  const device = type === "char" || type === "block";
  const link = type === "hardlink" || type === "symlink";
  return {
    type,
    path: type === "directory" && chance(0.8) ? `${path}/` : path,
    linkpath: link ? someName(random) : "",
    size: type === "file" || type === "contiguous" ? size : 0,
    mode: below(0o10000),
    uid: number(),
    gid: number(),
    uname: pick(["", "root", someName(random)]),
    gname: pick(["", "wheel", "gruppe-ü"]),
    mtime: seconds * 1_000_000_000n + fraction,
    devmajor: device ? below(2 ** 12) : 0,
    devminor: device ? below(2 ** 20) : 0,
    xattrs: new Map(chance(0.2) ? [[`user.${someName(random)}`, bytes(below(300))]] : []),
  };
}

function someMembers(random: Random) {
  return Array.from({ length: random.below(12) }, () => {
    const content = random.bytes(random.pick([0, 1, 511, 512, 513, random.below(3000)]));
    const fields = someFields(random, content.length);
    return { fields, content: fields.size === 0 ? Buffer.alloc(0) : content };
  });
}

describe("for every archive", () => {
  const archives = Array.from({ length: 60 }, (_, seed) => {
    const generator = random(seed);
    return { members: someMembers(generator), generator };
  });
  const write = (members: (typeof archives)[number]["members"]) => {
    const inputs = members.map(({ fields, content }) => ({ fields, data: streamBytes(content) }));
    return collectStream(writeTar(inputs), 1e8, "the archive");
  };

  it("what is written is read", async () => {
    for (const { members } of archives) {
      const read = await readAll(inOne(await write(members)));
      expect(read.map((member, n) => heard(member, members[n]!.fields))).toEqual(
        members.map(({ fields, content }) => ({ ...said(fields), content: hashOf(content) })),
      );
    }
  });

  it("the same fields make the same bytes, and the same chunks make no difference", async () => {
    for (const { members, generator } of archives) {
      const bytes = await write(members);
      expect((await write(members)).equals(bytes)).toBe(true);
      const whole = await readAll(inOne(bytes));
      const chunked = await readAll(inChunks(bytes, () => generator.below(1500)));
      expect(chunked.map(plainly)).toEqual(whole.map(plainly));
      expect(reassemble(whole).equals(bytes)).toBe(true);
      expect((await indexTar(asFile(bytes))).members.map(plainly)).toEqual(whole.map(plainly));
    }
  });

  it.skipIf(!hasGnuTar)("GNU tar sees what we see", async () => {
    for (const { members } of archives.slice(0, 20)) {
      const bytes = await write(members);
      const read = await readAll(inOne(bytes));
      expect(gnuList(bytes)).toEqual(read.map(({ entry }) => listed(entry)));
    }
  });
});
