/** The archive: what is kept of files, in which order and under which names. */
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { writeArchive } from "../../src/flatten/archive.ts";
import { flatten } from "../../src/flatten/flatten.ts";
import { mergeLayers } from "../../src/flatten/merge.ts";
import { encodeSparseHeader } from "../../src/tar/encode-sparse.ts";
import { readTar } from "../../src/tar/read.ts";
import { expandSparse } from "../../src/tar/sparse.ts";
import { END_OF_ARCHIVE, paddingOf, writeTar } from "../../src/tar/write.ts";
import { gnuList, hasGnuTar } from "../tar/support/oracles.ts";
import {
  exported,
  imageOfLayers,
  layerOfTar,
  type Member,
  stack,
  tarOfMembers,
} from "./support/stack.ts";

async function membersIn(archive: Buffer) {
  const members = [];
  for await (const { entry, data } of readTar(streamBytes(archive))) {
    const content = (await collectStream(expandSparse(entry, data), 1 << 24, entry.path))
      .toString();
    members.push({ ...entry, content });
  }
  return members;
}

async function namesIn(archive: Buffer): Promise<string[]> {
  return (await membersIn(archive)).map(({ path }) => path);
}

describe("an exported archive", () => {
  it("can be interrupted, though no content has to be waited for", async () => {
    const folder = (await mergeLayers(await stack([["d/"]]), { put() {} })).find("d")!;
    const endless = {
      find: () => undefined,
      *entries() {
        for (;;) yield folder;
      },
    };
    for (const style of ["pax", "dockertools"] as const) {
      const controller = new AbortController();
      setImmediate(() => controller.abort(new Error("interrupted")));
      const archive = writeArchive(endless, () => new Uint8Array(), { style }, controller.signal);
      await expect((async () => {
        for await (const chunk of archive) expect(chunk.length % 512).toBe(0);
      })()).rejects.toThrow("interrupted");
    }
  });

  it("has devices in either style", async () => {
    const told: Member[] = [
      { path: "dev/null", type: "char", mode: 0o666, devmajor: 1, devminor: 3 },
      { path: "dev/sda", type: "block", mode: 0o660, devmajor: 8, devminor: 0 },
    ];
    for (const style of ["pax", "dockertools"] as const) {
      const members = await membersIn(await exported(await stack([told]), { style }));
      const devices = members.filter(({ type }) => type === "char" || type === "block");
      expect(devices.map((one) => [one.type, one.mode, one.devmajor, one.devminor]), style)
        .toEqual([["char", 0o666, 1, 3], ["block", 0o660, 8, 0]]);
    }
  });

  it("keeps all that a layer says of a file", async () => {
    const told: Member[] = [
      {
        path: "bin/ping",
        text: "p",
        mode: 0o4755,
        uid: 70_000_000,
        gid: 3,
        uname: "ü",
        gname: "g",
        mtime: 1_700_000_000_123_456_789n,
        xattrs: new Map([["security.capability", Buffer.from([1, 0, 0, 2, 0, 255])]]),
      },
      { path: "dev/null", type: "char", devmajor: 1, devminor: 3, mode: 0o666, mtime: -5n },
      { path: "dev/sda", type: "block", devmajor: 8, devminor: 0, mode: 0o660, gid: 6 },
      { path: "pipe", type: "fifo", mode: 0o600 },
      { path: "sym", type: "symlink", linkpath: "/ünï", mode: 0o777, uid: 5 },
    ];
    const members = await membersIn(await exported(await stack([told])));
    const plain = ({ path, type = "file", ...more }: Exclude<Member, string>) => {
      const { text = "", ...fields } = more;
      return { path, type, content: text, ...fields };
    };
    const directories = ["bin/", "dev/"].map((path) => ({ path, type: "directory" }));
    const all = [...told.map((member) => plain(member as Exclude<Member, string>)), ...directories];
    for (const one of all) {
      expect(members.find(({ path }) => path === one.path)).toMatchObject(one);
    }
    expect(members.map(({ path }) => path)).toEqual([
      "bin/",
      "bin/ping",
      "dev/",
      "dev/null",
      "dev/sda",
      "pipe",
      "sym",
    ]);
  });

  it("has the root if a layer describes it", async () => {
    const root = { path: "./", type: "directory", mode: 0o711, uid: 4 } as const;
    const [first] = await membersIn(await exported(await stack([[root, "a"]])));
    expect(first).toMatchObject({ path: "./", mode: 0o711, uid: 4 });
    expect(await namesIn(await exported(await stack([["a"]])))).toEqual(["a"]);
  });

  it("keeps names that are not UTF-8, and long ones", async () => {
    const names = ["a\udcff", `${"l".repeat(200)}/${"m".repeat(150)}`, "z\n"];
    const archive = await exported(await stack([names.map((path) => ({ path, text: "x" }))]));
    expect(await namesIn(archive)).toEqual(expect.arrayContaining(names));
  });

  it("keeps sparse files sparse", async () => {
    const extents = [{ offset: 1000, size: 3 }, { offset: 5000, size: 2 }];
    const fields = { path: "ünd/sparse", size: 1_000_000, mode: 0o600 };
    const header = encodeSparseHeader(fields, extents);
    const tar = Buffer.concat([header, Buffer.from("abcde"), paddingOf(5), END_OF_ARCHIVE]);
    for (const compression of ["none", "gzip"] as const) {
      const archive = await exported(imageOfLayers([await layerOfTar(tar, compression)]));
      expect(archive.length).toBeLessThan(6000);
      const [, member] = await membersIn(archive);
      expect(member).toMatchObject({ path: "ünd/sparse", size: 1_000_000, mode: 0o600 });
      expect(member!.content.slice(1000, 1003) + member!.content.slice(5000, 5002)).toBe("abcde");
      if (hasGnuTar) expect(gnuList(archive)?.at(-1)).toMatchObject({ size: 1_000_000 });
      const plain = await exported(imageOfLayers([await layerOfTar(tar, compression)]), {
        style: "dockertools",
      });
      expect((await membersIn(plain)).at(-1)).toMatchObject({ size: 1_000_000, sparse: undefined });
    }
  });

  it("is the same from whatever the layers are packed in", async () => {
    const layers = [["a: 1", "b/c: 2", "d = a"], [".wh.a", "b/e: 3"]];
    const archives = await Promise.all(
      (["none", "gzip", "zstd"] as const).map(async (how) => exported(await stack(layers, how))),
    );
    expect(new Set(archives.map((archive) => digestOf(archive)))).toEqual(
      new Set(["sha256:58eb21e9cd21ddbda7fca9e7d5ec118c09553c4e06e83002158cf6c18c78dd2c"]),
    );
  });

  it("has one time where one is given", async () => {
    const image = await stack([[{ path: "a", mtime: 5n }, { path: "b/", type: "directory" }]]);
    const members = await membersIn(await exported(image, { mtime: 7_000_000_000n }));
    expect(members.map(({ mtime }) => mtime)).toEqual([7_000_000_000n, 7_000_000_000n]);
  });

  it("leaves out leading parts of names, and what has no more", async () => {
    const image = await stack([["top", "a/b/", "a/b/c: x", "a/d = a/b/c", "a/e = top"]]);
    const archive = await collectStream(flatten(image, { stripComponents: 1 }), 1 << 20, "it");
    const members = await membersIn(archive);
    expect(members.map(({ path, type, linkpath }) => [path, type, linkpath])).toEqual([
      ["b/", "directory", ""],
      ["b/c", "file", ""],
      ["d", "hardlink", "b/c"],
      ["e", "file", ""],
    ]);
  });

  it("has only what is selected, and its folders", async () => {
    const image = await stack([["etc/a.conf", "etc/b.txt", "usr/lib/c.conf", "x"]]);
    const names = async (options: Parameters<typeof flatten>[1]) =>
      await namesIn(await collectStream(flatten(image, options), 1 << 20, "it"));
    expect(await names({ paths: ["**/*.conf"] })).toEqual([
      "etc/",
      "etc/a.conf",
      "usr/",
      "usr/lib/",
      "usr/lib/c.conf",
    ]);
    expect(await names({ excludes: ["etc", "/x"] })).toEqual([
      "usr/",
      "usr/lib/",
      "usr/lib/c.conf",
    ]);
    expect(await names({ paths: ["etc"], excludes: ["*/b*"] })).toEqual(["etc/", "etc/a.conf"]);
    expect(await names({ layer: 1, paths: ["x"] })).toEqual(["x"]);
  });

  it("needs no more temporary file than is allowed", async () => {
    const layers = [[{ path: "a", text: "x".repeat(1000) }]];
    const limited = async (how: "none" | "gzip") =>
      await collectStream(flatten(await stack(layers, how), { spoolLimit: 999 }), 1 << 20, "it");
    await expect(limited("gzip")).rejects.toMatchObject({ code: "LIMIT" });
  });

  it("is not begun before all layers are proved", async () => {
    const good = await layerOfTar(await tarOfMembers(["a: good"]), "gzip");
    const other = await layerOfTar(await tarOfMembers(["a: evil"]), "gzip");
    const image = imageOfLayers([{ ...other, diffId: good.diffId }, good]);
    const chunks: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of flatten(image)) chunks.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject({ code: "DIGEST" });
    expect(chunks).toEqual([]);
  });

  it("is that of the one layer asked for, whiteouts and all", async () => {
    const image = await stack([["a"], [".wh.a", "b = a", "c"]]);
    const members = await membersIn(
      await collectStream(flatten(image, { layer: 2 }), 1 << 20, "it"),
    );
    expect(members.map(({ path, type, linkpath }) => [path, type, linkpath])).toEqual([
      [".wh.a", "file", ""],
      ["b", "hardlink", "a"],
      ["c", "file", ""],
    ]);
  });
});

describe("sparse headers", () => {
  it("are written by writeTar, and end where the file ends", async () => {
    const sparse = [{ offset: 512, size: 4 }];
    const input = {
      fields: { path: "s", size: 2000 },
      sparse,
      data: streamBytes(Buffer.from("data")),
    };
    const archive = await collectStream(writeTar([input]), 1 << 20, "it");
    const [member] = await membersIn(archive);
    expect(member).toMatchObject({ path: "s", size: 2000 });
    expect(member!.content).toBe("\0".repeat(512) + "data" + "\0".repeat(2000 - 516));
    const short = { ...input, data: streamBytes(Buffer.from("dat")) };
    await expect(collectStream(writeTar([short]), 1 << 20, "it")).rejects.toMatchObject({
      code: "SIZE",
    });
  });
});
