/** Images unpacked to directories: what is there, and that a failure leaves nothing. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Notice } from "../../src/base/notices.ts";
import { unpack } from "../../src/unpack/unpack.ts";
import type { TarFields } from "../../src/tar/entry.ts";
import { lying } from "../support/images.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";
import { file, imageOfLayers, type LayerSpec, treeOf } from "./support.ts";

const SECOND = 1_000_000_000n;
const isRoot = process.getuid?.() === 0;

/** Unpacks layers to a new directory in a folder with nothing else. */
async function unpacked(layers: readonly LayerSpec[], options = {}) {
  const folder = await temporaryFolder();
  const out = join(folder, "out");
  const notices: string[] = [];
  const onNotice = ({ message }: Notice) => void notices.push(message);
  const result = await unpack(await imageOfLayers(layers), out, { onNotice, ...options });
  expect(readdirSync(folder)).toEqual(["out"]);
  return { out, result, notices };
}

/** That unpacking fails with this, and that the folder is as it was. */
async function refused(layers: readonly LayerSpec[], error: unknown, options = {}) {
  const folder = await temporaryFolder();
  const image = await imageOfLayers(layers);
  await expect(unpack(image, join(folder, "out"), options)).rejects.toThrow(error as Error);
  expect(readdirSync(folder)).toEqual([]);
}

describe("unpack", () => {
  it("makes files, directories and links as the layers leave them", async () => {
    const { out, result } = await unpacked([
      {
        "etc": { type: "directory", mode: 0o555 },
        "etc/hidden": file("old"),
        "etc/kept": { mode: 0o640 },
        "usr/bin/tool": file("one"),
        "usr/bin/alias": { type: "hardlink", linkpath: "usr/bin/tool" },
        "bin": { type: "symlink", linkpath: "usr/bin" },
        "tmp": { type: "directory", mode: 0o1777 },
      },
      { "etc/.wh.hidden": file(""), "etc/new": file("new") },
    ]);
    expect(treeOf(out)).toEqual([
      "bin -> usr/bin",
      "etc/ 555",
      "etc/kept 640 ",
      "etc/new 644 new",
      "tmp/ 1777",
      "usr/ 755",
      "usr/bin/ 755",
      "usr/bin/alias 644 one",
      "usr/bin/tool 644 one",
    ]);
    expect(statSync(join(out, "usr/bin/tool")).ino).toBe(statSync(join(out, "usr/bin/alias")).ino);
    expect(result.entries).toBe(9);
    expect(statSync(out).mode & 0o7777).toBe(0o755);
  });

  it("gives modes past the umask, and times of files, links and directories", async () => {
    const mtime = 1_600_000_000n * SECOND;
    const before = process.umask(0o077);
    try {
      const { out } = await unpacked([{
        ".": { type: "directory", mode: 0o751, mtime },
        "d": { type: "directory", mode: 0o777, mtime },
        "d/f": { mode: 0o666, mtime },
        "l": { type: "symlink", linkpath: "d", mtime },
      }]);
      expect(treeOf(out)).toEqual(["d/ 777", "d/f 666 ", "l -> d"]);
      expect(statSync(out).mode & 0o7777).toBe(0o751);
      for (const name of ["", "d", "d/f", "l"]) {
        expect(lstatSync(join(out, name)).mtimeMs).toBe(1_600_000_000_000);
      }
    } finally {
      process.umask(before);
    }
  });

  it("gives each of many files, and a further name of one, the time of its own", async () => {
    const times = Array.from({ length: 200 }, (_, i) => BigInt(1_000_000_000 + 7 * i) * SECOND);
    const names = times.map((_, i) => `d${i % 3}/f${i}`);
    const { out } = await unpacked([{
      ...Object.fromEntries(names.map((name, i) => [name, { mtime: times[i]! }])),
      "a": { type: "hardlink", linkpath: names[150]!, mtime: times[150]! },
    }]);
    for (const [i, name] of names.entries()) {
      expect(statSync(join(out, name)).mtimeMs).toBe(Number(times[i]! / 1_000_000n));
    }
    expect(statSync(join(out, "a")).mtimeMs).toBe(Number(times[150]! / 1_000_000n));
  });

  it.skipIf(lacks("tar"))("keeps fractions of seconds and times before 1970", async () => {
    const times = { a: 1_600_000_000_123_456_789n, b: -1_500_000_000n, c: 7n, d: 1_000_000_001n };
    const { out } = await unpacked([{
      a: { mtime: times.a },
      b: { mtime: times.b },
      c: { type: "symlink", linkpath: "a", mtime: times.c },
      d: { type: "directory", mode: 0o755, mtime: times.d },
    }]);
    const printed = execFileSync("stat", ["-c", "%.9Y", "a", "b", "c", "d"], { cwd: out });
    expect(printed.toString().trim().split("\n")).toEqual([
      "1600000000.123456789",
      "-1.500000000",
      "0.000000007",
      "1.000000001",
    ]);
  });

  it.skipIf(lacks("tar", "truncate", "dd", "cmp"))("keeps the holes of sparse files", async () => {
    const size = 64 * 1024 * 1024;
    const folder = await temporaryFolder();
    const sparse = join(folder, "sparse");
    execFileSync("truncate", ["-s", String(size), sparse]);
    execFileSync("dd", [
      "if=/dev/urandom",
      `of=${sparse}`,
      "bs=4k",
      "count=3",
      "seek=99",
      "conv=notrunc,nocreat",
      "status=none",
    ]);
    for (const format of ["gnu", "posix"]) {
      const words = ["-C", folder, `--format=${format}`, "--sparse", "-cf", "-", "sparse"];
      const { out } = await unpacked([execFileSync("tar", words)]);
      const made = statSync(join(out, "sparse"));
      expect(made.size).toBe(size);
      expect(made.blocks * 512).toBeLessThan(1024 * 1024);
      execFileSync("cmp", [sparse, join(out, "sparse")]);
    }
  });

  it("gives names that are not UTF-8 their bytes, or says that it cannot", async () => {
    const name = "caf\udce9";
    const made = unpacked([{ [name]: file("x"), "d\udcff/e": file("y") }]);
    if ("Deno" in globalThis) return await expect(made).rejects.toThrow(/Deno.*cannot name/);
    const { out } = await made;
    const names = readdirSync(out, { encoding: "buffer" }).map((found) => found.toString("latin1"));
    expect(names.sort()).toEqual(["caf\xe9", "d\xff"]);
  });

  it("takes part of a tree, shortens names, and sets one time", async () => {
    const { out } = await unpacked(
      [{ "usr/share/a/x": file("x"), "usr/share/b": file("b"), "etc/c": file("c") }],
      { paths: ["usr"], excludes: ["usr/share/b"], stripComponents: 1, mtime: 5n * SECOND },
    );
    expect(treeOf(out)).toEqual(["share/ 755", "share/a/ 755", "share/a/x 644 x"]);
    expect(statSync(join(out, "share/a/x")).mtimeMs).toBe(5000);
    expect(statSync(out).mode & 0o7777).toBe(0o755);
  });

  it("shows one layer alone, whiteouts as files", async () => {
    const layers: LayerSpec[] = [{ a: file("1") }, { "b": file("2"), ".wh.a": file("") }];
    const { out } = await unpacked(layers, { layer: 2 });
    expect(treeOf(out)).toEqual(
      [".wh.a 0 ", "b 644 2"].map((line) => line.replace(" 0 ", " 644 ")),
    );
    await refused([...layers, { l: { type: "hardlink", linkpath: "b" } }], /another name of "b"/, {
      layer: 3,
    });
  });

  it.runIf(isRoot)("takes nothing over from the folder that it is in", async () => {
    const folder = await temporaryFolder();
    chownSync(folder, 7, 8);
    chmodSync(folder, 0o2777);
    const out = join(folder, "out");
    const { entries } = await unpack(await imageOfLayers([{ "d/f": file("1") }]), out, {
      stripComponents: 1,
    });
    expect(entries).toBe(1);
    for (const path of [out, join(out, "f")]) expect(statSync(path)).toMatchObject({ gid: 0 });
    expect(statSync(out).mode & 0o7777).toBe(0o755);
  });

  it.runIf(isRoot && !lacks("tar"))("sets owners as root", async () => {
    const owned: Omit<TarFields, "path"> = { uid: 1234, gid: 4321, mode: 0o600 };
    const { out } = await unpacked([{
      f: owned,
      s: { ...owned, type: "symlink", linkpath: "f" },
      d: { ...owned, type: "directory" },
      p: { ...owned, type: "fifo" },
    }]);
    for (const name of ["f", "s", "d", "p"]) {
      expect(lstatSync(join(out, name))).toMatchObject({ uid: 1234, gid: 4321 });
    }
    expect(lstatSync(join(out, "p")).isFIFO()).toBe(true);
  });
});

describe("unpack, at its target", () => {
  it("takes an empty directory, and no other", async () => {
    const image = await imageOfLayers([{ a: file("1") }]);
    const folder = await temporaryFolder();
    mkdirSync(join(folder, "empty"), 0o700);
    await unpack(image, join(folder, "empty"));
    expect(treeOf(folder)).toEqual(["empty/ 755", "empty/a 644 1"]);
    await expect(unpack(image, join(folder, "empty"))).rejects.toMatchObject({ code: "EXISTS" });
    await expect(unpack(image, join(folder, "empty/a"))).rejects.toMatchObject({ code: "EXISTS" });
    await expect(unpack(image, "")).rejects.toMatchObject({ code: "USAGE" });
    await expect(unpack(image, join(folder, "no/where"))).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    expect(treeOf(folder)).toEqual(["empty/ 755", "empty/a 644 1"]);
  });

  it("does not follow a link that stands in its place", async () => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, "elsewhere"));
    symlinkSync("elsewhere", join(folder, "out"));
    const image = await imageOfLayers([{ a: file("1") }]);
    await expect(unpack(image, join(folder, "out"))).rejects.toMatchObject({ code: "UNSAFE" });
    expect(readdirSync(join(folder, "elsewhere"))).toEqual([]);
    // Links above it are the user's own.
    symlinkSync("elsewhere", join(folder, "way"));
    await unpack(image, join(folder, "way/out"));
    expect(readdirSync(join(folder, "elsewhere/out"))).toEqual(["a"]);
  });

  it("fills the directory that we are in, without replacing it", async () => {
    const folder = await temporaryFolder();
    const before = process.cwd();
    process.chdir(folder);
    try {
      const { ino } = statSync(".");
      await unpack(
        await imageOfLayers([{
          ".": { type: "directory", mode: 0o510, mtime: 5n * SECOND },
          "d": { type: "directory", mode: 0o555 },
          "d/a": file("1"),
        }]),
        ".",
      );
      expect(statSync(".")).toMatchObject({ ino, mode: 0o40510, mtimeMs: 5000 });
      expect(treeOf(".")).toEqual(["d/ 555", "d/a 644 1"]);
    } finally {
      process.chdir(before);
    }
  });

  it("goes on in its own directory when a link is put in its place (T7)", async () => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, "elsewhere"));
    const image = await imageOfLayers([{ "a": file("1"), "elsewhere/x": file("2") }]);
    const [layer] = image.layers;
    const swapping = {
      ...layer!,
      async *open() {
        for (const name of readdirSync(folder)) {
          if (!name.endsWith(".tmp")) continue;
          renameSync(join(folder, name), join(folder, `moved${name}`));
          symlinkSync("elsewhere", join(folder, name));
        }
        yield* layer!.open();
      },
    };
    await expect(unpack({ layers: [swapping] }, join(folder, "out"))).rejects.toMatchObject({
      code: "UNSAFE",
    });
    expect(readdirSync(join(folder, "elsewhere"))).toEqual([]);
    const moved = readdirSync(folder).filter((name) => name.startsWith("moved"));
    for (const name of moved) expect(readdirSync(join(folder, name))).toEqual([]);
    // The same without an attack.
    await unpack(image, join(folder, "other"));
    expect(readdirSync(join(folder, "other"))).toEqual(["a", "elsewhere"]);
  });

  it("leaves nothing when a layer is not what it should be", async () => {
    const image = await imageOfLayers([{ a: file("1") }, { b: file("2") }]);
    const other = await imageOfLayers([{ a: file("2") }]);
    const bytes: Buffer[] = [];
    for await (const chunk of other.layers[0]!.open()) bytes.push(Buffer.from(chunk));
    const layers = [{
      ...image.layers[0]!,
      ...lying(image.layers[0]!, Buffer.concat(bytes)),
    }];
    const folder = await temporaryFolder();
    const result = unpack({ layers: [layers[0]!, image.layers[1]!] }, join(folder, "out"));
    await expect(result).rejects.toMatchObject({ code: "DIGEST" });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("stops at the largest size allowed, and when it is interrupted", async () => {
    const layers: LayerSpec[] = [{ a: Buffer.alloc(600), b: Buffer.alloc(600) }];
    await refused(layers, /"b".*more than the 1000 bytes/, { maxSize: 1000 });
    await unpacked(layers, { maxSize: 1200 });
    const reason = new Error("interrupted");
    await refused(layers, /interrupted/, { signal: AbortSignal.abort(reason) });
  });

  it("removes what killed runs have left, directories without permissions included", async () => {
    const folder = await temporaryFolder();
    // a process of this machine that cannot be alive
    const script = `import { makeTemporaryName } from ${
      JSON.stringify(new URL("../../src/bytes/disk/owner.ts", import.meta.url).pathname)
    }; console.log(makeTemporaryName())`;
    const words = "Deno" in globalThis
      ? ["eval", "--ext=ts", script]
      : ["--input-type=module", "-e", script];
    const left = execFileSync(process.execPath, words).toString().trim();
    mkdirSync(join(folder, left, "d"), { recursive: true });
    writeFileSync(join(folder, left, "d/f"), "");
    chmodSync(join(folder, left, "d"), 0);
    await unpack(await imageOfLayers([{}]), join(folder, "out"));
    expect(readdirSync(folder)).toEqual(["out"]);
    rmdirSync(join(folder, "out"));
  });
});

describe("unpack, of what gives rights", () => {
  const layers: LayerSpec[] = [{
    "dev/null": { type: "char", devmajor: 1, devminor: 3, mode: 0o666 },
    "dev/zero": { type: "hardlink", linkpath: "dev/null" },
    "su": { mode: 0o4755 },
    "sg": { mode: 0o2755 },
    "ping": {
      mode: 0o755,
      xattrs: new Map([[
        "security.capability",
        Buffer.from("0100000200200000000000000000000000000000", "hex"),
      ]]),
    },
    "mail": { type: "directory", mode: 0o2775 },
  }];

  it("leaves it out, and says so", async () => {
    const { out, result, notices } = await unpacked(layers);
    expect(treeOf(out)).toEqual(["dev/ 755", "mail/ 2775", "ping 755 ", "sg 755 ", "su 755 "]);
    expect(result.leftOut).toEqual({ devices: 2, setIds: 2, capabilities: 1, xattrs: 0, fifos: 0 });
    expect(notices).toEqual([
      "left out 2 devices, 2 set-user-ID or set-group-ID bits, 1 file with capabilities " +
      "(--special keeps such)",
    ]);
  });

  it.runIf(isRoot && !lacks("tar"))("makes it when it is told to", async () => {
    const { out, result, notices } = await unpacked(layers, { special: true });
    expect(treeOf(out)).toContain("su 4755 ");
    expect(treeOf(out)).toContain("sg 2755 ");
    expect(statSync(join(out, "dev/null"))).toMatchObject({ rdev: 0x103, mode: 0o20666, nlink: 2 });
    expect(result.leftOut.capabilities).toBe(0);
    const capability = execFileSync("tar", [
      "-C",
      out,
      "--xattrs",
      "--xattrs-include=*",
      "--format=posix",
      "-cf",
      "-",
      "ping",
    ]);
    expect(capability.toString("latin1")).toContain("SCHILY.xattr.security.capability=");
    expect(notices).toEqual([]);
  });

  it.skipIf(lacks("tar"))("keeps attributes of users", async () => {
    const xattrs = new Map([["user.note", Buffer.from([0, 1, 255])]]);
    const { out } = await unpacked([{
      f: { mode: 0o444, xattrs },
      d: { type: "directory", mode: 0o555, xattrs },
      "o": { xattrs: new Map([["trusted.overlay.opaque", Buffer.from("y")]]) },
    }]);
    const saved = execFileSync("tar", [
      "-C",
      out,
      "--xattrs",
      "--xattrs-include=*",
      "--format=posix",
      "-cf",
      "-",
      ".",
    ]);
    const text = saved.toString("latin1");
    expect(text.split("SCHILY.xattr.user.note=\x00\x01\xff\n").length).toBe(3);
    expect(text).not.toContain("overlay");
    expect(readFileSync(join(out, "f"), "utf8")).toBe("");
    expect(treeOf(out)).toEqual(["d/ 555", "f 444 ", "o 0 "]);
  });
});
