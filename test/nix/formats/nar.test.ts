import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type ByteStream,
  collectStream,
  drainStream,
  streamBytes,
} from "../../../src/bytes/stream.ts";
import { hashNar, type NarNode, writeNar } from "../../../src/nix/formats/nar.ts";
import { dumpPath, hashPath } from "../../../src/nix/store/dump.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { type Random, random } from "../../tar/support/random.ts";
import { type Read, readNar } from "../support/read-nar.ts";
import { filled, rawNames, SIZES, writeTree } from "../support/tree.ts";

async function tree(raw = false): Promise<string> {
  const path = join(await temporaryFolder(), "tree");
  writeTree(path, raw);
  return path;
}

const latin1 = (text: string) => Buffer.from(text).toString("latin1");

function file(contents: string | Uint8Array, rest: object = {}): NarNode {
  const bytes = Buffer.from(contents as string);
  return { type: "regular", size: bytes.length, open: () => streamBytes(bytes), ...rest };
}

function folder(...entries: [string | Uint8Array, NarNode][]): NarNode {
  return { type: "directory", entries: () => entries };
}

describe("the NAR of what lies on disk", () => {
  // What `nix hash path --base16` and `nix-store --dump | wc -c` (2.8) say.
  it.each([
    ["", "c1f01f63490c05c7f0d3a3e8f4e5aba92e7627a63da40401cc3fce6fec61ff6e"],
    ["/7", "47c72aefda8381135c4a19ad52fb9260128bedc3da3585225ab705ec2c0162ac"],
    ["/a/run", "6283c1668260f903d1a895c0cd6b822fa4b68762bb0b17cedef2d39d97e26554"],
    ["/a/link", "d19762f1703801a44d08f713ec27627c3f84ee1228ce0549287e7c8b13343edd"],
    ["/a/empty", "a50a5ab6d992f5598edd92105059fae9acfc192981e08bd88534c2167e92526a"],
  ])("hashes to what Nix says: tree%s", async (path, hex) => {
    expect(await hashPath(await tree() + path)).toBe(`sha256:${hex}`);
  });

  it("is as long as Nix says", async () => {
    expect(await hashNar(dumpPath(await tree()))).toMatchObject({ narSize: 2_298_640 });
  });

  it.runIf(rawNames)("holds names and targets that are not UTF-8 (Node)", async () => {
    expect(await hashPath(await tree(true)))
      .toBe("sha256:9b0879237dd426d4d9d4e051c8ed8884b846554faf00aae3d240e220657ce4ac");
  });

  it.runIf(!rawNames)("is refused where a name is not what Deno says", async () => {
    const path = await tree();
    writeFileSync(join(path, "a\ufffd"), "");
    await expect(hashPath(path)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining(`Cannot list ${path}: a name is not UTF-8`),
    });
  });

  it("reads nothing before it is asked", async () => {
    const stream = dumpPath("/nowhere/at/all");
    await expect(drainStream(stream)).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: "Cannot read /nowhere/at/all: no such file or directory",
    });
  });

  it("is of files, folders and links only", async () => {
    await expect(drainStream(dumpPath("/dev/null"))).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("/dev/null"),
    });
  });
});

describe("a file that changes while its NAR is made", () => {
  // What comes first is more than what is gathered before the first chunk.
  async function whileReading(name: string, size: number, change: (path: string) => void) {
    const path = await temporaryFolder();
    writeFileSync(join(path, "0"), filled(512 * 1024));
    writeFileSync(join(path, name), filled(size));
    let changed = false;
    for await (const _ of dumpPath(path)) {
      if (!changed) change(join(path, name));
      changed = true;
    }
  }

  it.each([10, 65_535, 65_536, 5_000_000])("is an error if it grows from %d", async (size) => {
    const read = whileReading("name", size, (path) => appendFileSync(path, "x"));
    await expect(read).rejects.toMatchObject({
      code: "SIZE",
      message: expect.stringMatching(`/name: it has more than ${size} bytes, not ${size}$`),
    });
  });

  it.each([10, 65_535, 65_536, 5_000_000])("is an error if it shrinks from %d", async (size) => {
    const read = whileReading("name", size, (path) => truncateSync(path, size - 1));
    await expect(read).rejects.toMatchObject({
      code: "SIZE",
      message: expect.stringMatching(`/name: it has ${size - 1} bytes, not ${size}$`),
    });
  });

  it("is no error if it stays", async () => {
    await whileReading("name", 70_000, () => {});
  });

  it.each([
    ["grows", (path: string) => appendFileSync(path, "x")],
    ["shrinks", (path: string) => truncateSync(path, 4_000_000)],
  ])("is an error if it %s while it is read itself", async (_, change) => {
    const path = join(await temporaryFolder(), "alone");
    writeFileSync(path, filled(5_000_000));
    let first = true;
    const read = async () => {
      for await (const _ of dumpPath(path)) {
        if (first) change(path);
        first = false;
      }
    };
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining(path) });
  });
});

describe("the NAR of a tree of values", () => {
  it("is that of the same tree on disk", async () => {
    const flat = folder(
      ...SIZES.map((size): [string, NarNode] => [`${size}`, file(filled(size))]).reverse(),
    );
    const path = await temporaryFolder();
    for (const size of SIZES) writeFileSync(join(path, `${size}`), filled(size));
    expect((await hashNar(writeNar(flat, "flat"))).narHash).toBe(await hashPath(path));
  });

  it("opens each file when its turn comes, in order, and never twice", async () => {
    const heard: string[] = [];
    const slow = (name: string): [string, NarNode] => [
      name,
      file("x".repeat(200_000), {
        async *open(): ByteStream {
          heard.push(`open ${name}`);
          yield Buffer.alloc(200_000, "x");
          heard.push(`close ${name}`);
        },
      }),
    ];
    const stream = writeNar(folder(slow("b"), slow("c"), slow("a")), "lazy")
      [Symbol.asyncIterator]();
    expect(heard).toEqual([]);
    await stream.next();
    expect(heard).toEqual(["open a"]);
    while (!(await stream.next()).done);
    expect(heard).toEqual(["a", "b", "c"].flatMap((name) => [`open ${name}`, `close ${name}`]));
  });

  it("lets go of what is open when the reader leaves", async () => {
    let released = false;
    const one = file("x".repeat(500_000), {
      async *open(): ByteStream {
        try {
          for (let count = 0; count < 5; count++) yield Buffer.alloc(100_000, "x");
        } finally {
          released = true;
        }
      },
    });
    for await (const _ of writeNar(one, "left")) break;
    expect(released).toBe(true);
  });

  it.each([["abc", 4, "3"], ["abc", 2, "more than 2"], ["", 1, "0"], ["abc", 0, "more than 0"]])(
    "is refused when a file of %j says that it has %d bytes",
    async (contents, size, got) => {
      const stream = writeNar(folder(["lib", folder(["x", file(contents, { size })])]), "top");
      await expect(drainStream(stream)).rejects.toMatchObject({
        code: "SIZE",
        message: `Cannot serialise top/lib/x: it has ${got} bytes, not ${size}`,
      });
    },
  );

  it.each([
    ["an empty name", [""]],
    ["a dot", ["."]],
    ["two dots", [".."]],
    ["a slash", ["a/b"]],
    ["a NUL", ["a\0"]],
    ["a name twice", ["a", Buffer.from("a")]],
  ])("is refused with %s", async (_, names) => {
    const entries = names.map((name): [string | Uint8Array, NarNode] => [name, file("")]);
    await expect(drainStream(writeNar(folder(...entries), "top"))).rejects.toMatchObject({
      code: "MALFORMED",
      message: expect.stringMatching(/^Cannot serialise top: /),
    });
  });

  it("comes back as it was", async () => {
    for (let seed = 0; seed < 60; seed++) {
      const [node, expected] = anyTree(random(seed), 3);
      expect(readNar(await collectStream(writeNar(node, "any"), Infinity, "it"))).toEqual(expected);
    }
  });
});

/** A tree, and what a reader has to make of it. */
function anyTree(choose: Random, depth: number): [NarNode, Read] {
  if (depth === 0 || choose.chance(0.3)) {
    return choose.chance(0.3) ? anyLink(choose) : anyFile(choose);
  }
  const children = new Map<string, [NarNode, Read]>();
  for (let count = choose.below(6); count > 0; count--) {
    const name = anyText(choose).replace(/[/\0]/g, "_") || "_";
    if (name !== "." && name !== "..") children.set(name, anyTree(choose, depth - 1));
  }
  const entries = [...children].map(([name, [, read]]): [string, Read] => [latin1(name), read]);
  return [
    folder(...[...children].map(([name, [node]]): [string, NarNode] => [name, node])),
    { type: "directory", entries: entries.sort(([a], [b]) => a < b ? -1 : 1) },
  ];
}

function anyFile(choose: Random): [NarNode, Read] {
  const contents = choose.bytes(choose.below(choose.chance(0.05) ? 300_000 : 40));
  const executable = choose.chance(0.5);
  const node = file(contents, { executable });
  return [node, { type: "regular", executable, contents: contents.toString("latin1") }];
}

function anyLink(choose: Random): [NarNode, Read] {
  const target = anyText(choose);
  return [{ type: "symlink", target }, { type: "symlink", target: latin1(target) }];
}

function anyText(choose: Random): string {
  const letters = ["a", "b", ".", "/", " ", "\n", "-", "0", "Z", "ü", "\uffee", "\u{1f600}"];
  return Array.from({ length: choose.below(20) }, () => choose.pick(letters)).join("");
}
