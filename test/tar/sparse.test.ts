import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collectStream } from "../../src/bytes/stream.ts";
import type { Extent, TarEntry } from "../../src/tar/entry.ts";
import { indexTar } from "../../src/tar/index.ts";
import { expandSparse } from "../../src/tar/sparse.ts";
import { temporaryFolder } from "../support/folder.ts";
import { asFile, inChunks, inOne, readAll } from "./support/bytes.ts";
import { gnuList, gnuTar, hasGnuTar, hasPython, listed, pythonList } from "./support/oracles.ts";
import { random } from "./support/random.ts";
import * as raw from "./support/raw.ts";

const FORMS = ["oldgnu", "gnu", "posix 0.0", "posix 0.1", "posix 1.0"];

describe("sparse files", () => {
  for (const form of FORMS) {
    it.skipIf(!hasGnuTar)(`as GNU tar writes them: ${form}`, async () => {
      const folder = await temporaryFolder();
      // Of a long name, 0.1 says two PAX paths, and GNU tar and Python believe another one.
      const last = "n".repeat(form === "posix 0.1" ? 60 : 120);
      const names = ["few", "many", "hole", "end", last];
      const hashes = [];
      hashes.push(await holey(join(folder, "few"), [3_000_000], 5_000_000));
      hashes.push(await holey(join(folder, "many"), evenly(60), 5_000_000));
      hashes.push(await holey(join(folder, "hole"), [], 1_000_000));
      hashes.push(await holey(join(folder, "end"), [999_000], 1_000_000));
      hashes.push(await holey(join(folder, last), [0, 500_000], 1_000_001));
      const [format, version] = form.split(" ");
      const options = [`--format=${format}`, "--sparse", "-cf", "-", ...names];
      if (version !== undefined) options.unshift(`--sparse-version=${version}`);
      const archive = gnuTar(options, folder);
      const members = await readAll(inChunks(archive, () => 1000));
      expect(members.map(({ sha256 }) => sha256)).toEqual(hashes);
      expect(members.filter(({ entry }) => entry.sparse !== undefined)).toHaveLength(5);
      expect(gnuList(archive)).toEqual(members.map(({ entry }) => listed(entry)));
      if (hasPython) {
        const [theirs] = pythonList(archive);
        expect(theirs?.map(({ path, size }) => ({ path, size }))).toEqual(
          members.map(({ entry: { path, size } }) => ({ path, size })),
        );
        expect(theirs?.map(({ sha256 }) => sha256)).toEqual(hashes);
      }
      const index = await indexTar(asFile(archive));
      for (const [n, member] of index.members.entries()) {
        const content = await collectStream(index.open(member), 1e7, "it");
        expect(createHash("sha256").update(content).digest("hex")).toBe(hashes[n]);
      }
    });
  }

  it("expand to the file, however its data arrive", async () => {
    const { below } = random(3);
    for (let round = 0; round < 50; round++) {
      const extents: Extent[] = [];
      let size = 0;
      for (let n = below(6); n > 0; n--) {
        const extent = { offset: size + below(300), size: below(3) * below(200) };
        extents.push(extent);
        size = extent.offset + extent.size;
      }
      size += below(2) * below(600_000);
      const file = Buffer.alloc(size);
      for (const { offset, size } of extents) file.fill("d", offset, offset + size);
      const stored = Buffer.alloc(extents.reduce((sum, { size }) => sum + size, 0), "d");
      const entry = { sparse: extents, size } as unknown as TarEntry;
      const content = expandSparse(entry, inChunks(stored, () => 1 + below(100)));
      expect((await collectStream(content, 1e7, "it")).equals(file)).toBe(true);
    }
  });

  it("that are not sparse are passed through", async () => {
    const stored = inOne(Buffer.from("abc"));
    expect(expandSparse({ sparse: undefined, size: 3 } as TarEntry, stored)).toBe(stored);
  });

  const map = (map: string, blocks: number, size = "1000") =>
    raw.pax(
      ["GNU.sparse.size", size],
      ["GNU.sparse.numblocks", `${blocks}`],
      ["GNU.sparse.map", map],
    );
  it("are read from a map that says so", async () => {
    const bytes = raw.archive(map("5,3,1000,0", 2), raw.rawFile("s", "abc"));
    const [member] = await readAll(inOne(bytes));
    expect(member?.entry).toMatchObject({
      size: 1000,
      sparse: [{ offset: 5, size: 3 }, { offset: 1000, size: 0 }],
    });
    expect(member?.storedSize).toBe(3);
  });

  it.each([
    ["has extents out of order", map("5,1,2,2", 2)],
    ["has extents that overlap", map("5,2,6,1", 2)],
    ["reaches past the end", map("998,3", 1)],
    ["stores less than is there", map("5,2", 1)],
    ["stores more than is there", map("5,4", 1)],
    ["has a wrong count", map("5,3", 2)],
    ["has an odd length", map("5,3,7", 1)],
    ["has a negative size", map("5,4,9,-1", 2)],
    ["has something that is not a number", map("5,0x3", 1)],
    ["is too large for a number", map("9007199254740993,3", 1, "9007199254740999")],
    [
      "is said twice",
      raw.pax(
        ["GNU.sparse.size", "1000"],
        ["GNU.sparse.numblocks", "1"],
        ["GNU.sparse.map", "0,3"],
        ["GNU.sparse.map", "1,3"],
      ),
    ],
    [
      "is said in two forms",
      raw.pax(
        ["GNU.sparse.size", "1000"],
        ["GNU.sparse.numblocks", "1"],
        ["GNU.sparse.map", "0,3"],
        ["GNU.sparse.major", "1"],
        ["GNU.sparse.minor", "0"],
      ),
    ],
    ["has no numbers", map("", 0)],
    [
      "has offsets that follow each other",
      raw.pax(
        ["GNU.sparse.size", "10"],
        ["GNU.sparse.numblocks", "1"],
        ["GNU.sparse.offset", "1"],
        ["GNU.sparse.offset", "2"],
      ),
    ],
  ])("are refused when the map %s", async (_, pax) => {
    const size = readAll(inOne(raw.archive(pax, raw.rawFile("s", "abc"))));
    await expect(size.then((members) => members.length)).rejects.toMatchObject({
      code: "MALFORMED",
    });
  });
});

/** Extents far enough apart for a file system to leave holes between. */
function evenly(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n * 80_000);
}

/** A file with some bytes at each of these places; the hash of its content. */
async function holey(path: string, places: number[], size: number): Promise<string> {
  const content = Buffer.alloc(size);
  const file = await open(path, "w");
  try {
    await file.truncate(size);
    for (const at of places) {
      const data = Buffer.from(`data at ${at}`);
      await file.write(data, 0, data.length, at);
      data.copy(content, at);
    }
  } finally {
    await file.close();
  }
  return createHash("sha256").update(content).digest("hex");
}
