/** R2: what is kept of headers stays bounded, though each of them is small enough. */
import { describe, expect, it } from "vitest";
import { Arena } from "../../src/flatten/tree/columns.ts";
import { FileTable } from "../../src/flatten/tree/file-table.ts";
import { NameTree, ROOT } from "../../src/flatten/tree/name-tree.ts";

const MIB = 1024 * 1024;

const FILE: Parameters<FileTable["add"]>[0] = {
  type: "file",
  linkpath: "",
  size: 0,
  sparse: undefined,
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  mtime: 0n,
  devmajor: 0,
  devminor: 0,
  xattrs: new Map(),
};

function refused(what: RegExp) {
  return expect.objectContaining({ code: "LIMIT", message: expect.stringMatching(what) });
}

describe("the index of an image", () => {
  it("takes names of 256 MiB, and no more", () => {
    const arena = new Arena();
    const names = Buffer.alloc(64 * MIB);
    for (let i = 0; i < 4; i++) arena.add(names);
    expect(() => arena.add(Buffer.from("x"))).toThrow(refused(/268435456 bytes of names/));
  });

  it("takes paths that Linux takes, and a gigabyte of all together", () => {
    const names = new NameTree();
    expect(() => names.make(ROOT, Buffer.alloc(4096))).toThrow(refused(/4096 bytes in a path/));
    const folder = names.make(names.make(ROOT, Buffer.alloc(3000)), Buffer.alloc(1000));
    expect(() => names.make(folder, Buffer.alloc(96))).toThrow(refused(/4096 bytes in a path/));
    const fill = () => {
      for (let i = 0; i < (1 << 18) + 1000; i++) {
        names.make(folder, Buffer.from(String(i).padStart(90)));
      }
    };
    expect(fill).toThrow(refused(/1073741824 bytes in all paths/));
  });

  it("takes attributes of some megabytes, and no gigabytes", () => {
    const files = new FileTable();
    const add = (i: number) => {
      const value = Buffer.alloc(MIB);
      value.writeUInt32LE(i);
      files.add({ ...FILE, xattrs: new Map([["user.a", value]]) }, 0, 1);
    };
    for (let i = 0; i < 40; i++) add(i);
    for (let i = 0; i < 40; i++) add(i); // the same ones: nothing more is kept
    expect(() => {
      for (let i = 40; i < 60; i++) add(i);
    }).toThrow(refused(/bytes of owners or attributes/));
  });

  it("takes millions of parts of sparse files, and no more", () => {
    const files = new FileTable();
    const sparse = Array.from({ length: 1 << 20 }, (_, i) => ({ offset: i * 2, size: 1 }));
    for (let i = 0; i < 4; i++) files.add({ ...FILE, size: 1 << 22, sparse }, 1 << 20, 1);
    expect(() => files.add({ ...FILE, size: 1 << 22, sparse }, 1 << 20, 1))
      .toThrow(refused(/4194304 parts of sparse files/));
  });
});
