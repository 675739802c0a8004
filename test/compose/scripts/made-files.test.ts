/** The files of a layer that a script has made, as entries of a recipe. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { collectStream } from "../../../src/bytes/stream.ts";
import { beginHashSearch } from "../../../src/compose/scripts/store-hashes.ts";
import { readMadeFiles } from "../../../src/compose/scripts/made-files.ts";
import { contentOf } from "../../../src/image/content.ts";
import type { MadeFile } from "../../../src/recipe/mod.ts";
import { LAYER_TYPE } from "../../../src/recipe/layers.ts";
import type { TarFields } from "../../../src/tar/entry.ts";
import { writeTar } from "../../../src/tar/write.ts";
import { streamBytes } from "../../../src/bytes/stream.ts";
import { temporaryFolder } from "../../support/folder.ts";

const HASH = "a".repeat(32);

type Member = TarFields & { readonly text?: string };

async function read(members: readonly Member[], before: readonly MadeFile[] = []) {
  const tar = await collectStream(
    writeTar(members.map(({ text = "", ...fields }) => {
      const data = Buffer.from(text);
      return { fields: { ...fields, size: data.length }, data: streamBytes(data) };
    })),
    1e8,
    "the tar",
  );
  const layer = contentOf(LAYER_TYPE, tar);
  const search = beginHashSearch(new Set([HASH]));
  const made = await readMadeFiles({ ...layer, diffId: layer.descriptor.digest }, {
    field: "runAsRoot",
    folder: await temporaryFolder(),
    search,
    before: new Map(before.map((file) => [file.path, file])),
  });
  return { made, found: [...search.found] };
}

const directory = { type: "directory" } as const;

describe("what a script has made", () => {
  it("keeps its kind, mode, owner, attributes and content", async () => {
    const xattrs = new Map([["user.note", Buffer.from("x")]]);
    const { made } = await read([
      { ...directory, path: "./", mode: 0o755 },
      { ...directory, path: "data/", mode: 0o1777, uid: 1000, gid: 100 },
      { path: "data/f", mode: 0o4755, uid: 7, text: "hello", xattrs },
      { path: "data/g", type: "hardlink", linkpath: "data/f" },
      { path: "data/l", type: "symlink", linkpath: "../f", mode: 0o777 },
      { path: "empty", mode: 0o600 },
    ]);
    expect(made).toMatchObject([
      { type: "directory", path: "/", mode: 0o755, uid: 0, gid: 0 },
      { type: "directory", path: "/data", mode: 0o1777, uid: 1000, gid: 100 },
      { type: "file", path: "/data/f", mode: 0o4755, uid: 7, gid: 0 },
      { type: "hardlink", path: "/data/g", target: "/data/f" },
      { type: "symlink", path: "/data/l", target: "../f" },
      { type: "file", path: "/empty", mode: 0o600, content: "" },
    ]);
    const file = made[2] as MadeFile;
    expect(Buffer.from(file.xattrs!["user.note"]!).toString()).toBe("x");
    expect(file.content).toEqual(Buffer.from("hello"));
  });

  it("has contents that are not small, or too many, on disk", async () => {
    const { made } = await read([{ path: "large", text: "l".repeat(20_000) }]);
    const { file: path } = (made[0] as MadeFile).content as { file: string };
    expect(await readFile(path, "utf8")).toBe("l".repeat(20_000));
    const text = "m".repeat(16_000);
    const many = await read(Array.from({ length: 1055 }, (_, i) => ({ path: `${i}`, text })));
    const onDisk = many.made.filter((one) => one.type === "file" && "file" in Object(one.content));
    expect(onDisk).toHaveLength(1055 - Math.floor(2 ** 24 / 16_000));
  });

  it("keeps the content of what was there before and is the same, and no other", async () => {
    const before = [
      { type: "file", path: "/same", content: "as it was" },
      { type: "file", path: "/bytes", content: Buffer.from("bytes") },
      { type: "file", path: "/other", content: "as it was" },
      { type: "file", path: "/disk", content: { file: "/nowhere" } },
    ] as const;
    const members = before.map(({ path }) => ({ path: path.slice(1), text: "as it was" }));
    members[1]!.text = "bytes";
    members[2]!.text = "AS IT WAS";
    const { made } = await read(members, before);
    const contents = made.map((one) => one.type === "file" && one.content);
    expect(contents.slice(0, 2)).toEqual([before[0].content, before[1].content]);
    expect(contents[1]).toBe(before[1].content);
    expect(contents.slice(2)).toEqual([Buffer.from("AS IT WAS"), Buffer.from("as it was")]);
  });

  it("is searched for store paths: files and links, not names", async () => {
    expect((await read([{ path: "f", text: `x${HASH}y`.replace("x", "/") }])).found).toEqual([
      HASH,
    ]);
    expect((await read([{ path: "l", type: "symlink", linkpath: `/nix/store/${HASH}-x` }])).found)
      .toEqual([HASH]);
    expect((await read([{ ...directory, path: HASH }])).found).toEqual([]);
  });

  it("has whiteouts with the mode of files", async () => {
    expect((await read([{ path: "etc/.wh.passwd", mode: 0 }])).made)
      .toMatchObject([{ type: "file", path: "/etc/.wh.passwd", mode: 0o644, content: "" }]);
  });

  it.each(
    [["char", "a device"], ["block", "a device"], ["fifo", "a FIFO"]] as const,
  )("may not be a %s", async (type, word) => {
    await expect(read([{ path: "dev/x", type }])).rejects.toThrow(`runAsRoot: "/dev/x" is ${word}`);
  });
});
