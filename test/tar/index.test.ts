import { describe, expect, it } from "vitest";
import { collectStream } from "../../src/bytes/stream.ts";
import { indexTar, scanTar } from "../../src/tar/index.ts";
import { archiveOf, asFile, inOne, plainly, readAll } from "./support/bytes.ts";
import * as raw from "./support/raw.ts";

const bytes = archiveOf(
  [{ path: "./manifest.json" }, "[]"],
  [{ path: "blobs/", type: "directory" }],
  [{ path: `blobs/${"b".repeat(300)}` }, "x".repeat(100_000)],
  [{ path: "manifest.json" }, "[1]"],
);

describe("indexTar", () => {
  it("finds what the stream reader finds, at the same places", async () => {
    const { members } = await indexTar(asFile(bytes));
    const read = await readAll(inOne(bytes));
    expect(members.map(plainly)).toEqual(read.map(plainly));
    for (const { entry, offset, dataOffset } of members) {
      expect(bytes.subarray(offset, dataOffset)).toEqual(entry.raw);
    }
  });

  it("finds the last member of a path, however it is written", async () => {
    const file = asFile(bytes);
    const index = await indexTar(file);
    for (const path of ["manifest.json", "./manifest.json", ".//manifest.json"]) {
      expect(await collectStream(index.open(index.find(path)!), 10, path)).toEqual(
        Buffer.from("[1]"),
      );
    }
    expect(index.find("blobs")?.entry.type).toBe("directory");
    expect(index.find("/manifest.json")).toBeUndefined();
    expect(index.find("nothing")).toBeUndefined();
  });

  it("reads contents at random, several at a time", async () => {
    const index = await indexTar(asFile(bytes));
    const contents = await Promise.all(
      index.members.map((member) => collectStream(index.open(member), 1e6, member.entry.path)),
    );
    expect(contents.map((content) => content.length)).toEqual([2, 0, 100_000, 3]);
  });

  it("reads the headers of small members together, and jumps over large ones", async () => {
    const small = asFile(archiveOf(...Array.from({ length: 500 }, (_, n): [{ path: string }] => {
      return [{ path: `f${n}` }];
    })));
    expect((await indexTar(small)).members).toHaveLength(500);
    expect(small.reads).toBeLessThan(20);
    const large = asFile(archiveOf([{ path: "a" }, "x".repeat(4e6)], [{ path: "b" }]));
    expect((await indexTar(large)).members).toHaveLength(2);
    expect(large.reads).toBeLessThan(6);
  });

  it("refuses an archive that is cut short, at any place", async () => {
    for (let end = 1; end < bytes.length - 1024; end += 509) {
      const isWhole = (await readAll(inOne(bytes.subarray(0, end))).catch(() => undefined)) !==
        undefined;
      const index = indexTar(asFile(bytes.subarray(0, end)));
      if (isWhole) await index;
      else await expect(index).rejects.toMatchObject({ code: "MALFORMED" });
    }
  });

  it("refuses what follows the end", async () => {
    const hidden = Buffer.concat([bytes, Buffer.alloc(100_000), raw.rawFile("hidden")]);
    await expect(indexTar(asFile(hidden))).rejects.toMatchObject({ code: "MALFORMED" });
  });

  it("fails when the file has become shorter since", async () => {
    const file = asFile(bytes);
    const index = await indexTar({ ...file, read: () => inOne(Buffer.from("[")) });
    const content = collectStream(index.open(index.members[0]!), 10, "it");
    await expect(content).rejects.toMatchObject({ code: "MALFORMED" });
  });

  it("can be left before the end", async () => {
    for await (const { entry } of scanTar(asFile(bytes))) {
      expect(entry.path).toBe("./manifest.json");
      break;
    }
  });
});
