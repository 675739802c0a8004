/** Stores, NARs and hashes beside Nix itself. */
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodedOf } from "../../src/bytes/digest.ts";
import { loadSqlite } from "../../src/bytes/disk/sqlite.ts";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { readClosure } from "../../src/nix/store/closure.ts";
import { formatRegistration } from "../../src/nix/description/mod.ts";
import { formatHash, parseHash } from "../../src/nix/formats/hash.ts";
import { hashNar, writeNar } from "../../src/nix/formats/nar.ts";
import { dumpPath } from "../../src/nix/store/dump.ts";
import type { PathInfo } from "../../src/nix/formats/path-info.ts";
import { openStore, type StoreOptions } from "../../src/nix/store/store.ts";
import { rawNames, writeTree } from "../nix/support/tree.ts";
import { addPaths, makeDatabase, pathOf } from "../nix/support/store.ts";
import { run, runBytes } from "./support/command.ts";
import { makeSmallStore, removeNixStore, type SmallStore } from "./support/nix-store.ts";
import { lacks, peers } from "./support/peers.ts";

const NIX = ["nix", "--extra-experimental-features", "nix-command"];

const folder = () => mkdtemp(join(peers.folder, "nix-"));

async function closure(root: string, options?: StoreOptions): Promise<readonly PathInfo[]> {
  const store = await openStore({ root, ...options });
  try {
    return await readClosure([small.hello], store);
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

const lines = (text: string) => text.trim().split("\n").filter(Boolean).sort();

let small: SmallStore;

describe.skipIf(lacks("nix", "busybox", "root"))("a real store", () => {
  beforeAll(async () => {
    small = await makeSmallStore(await folder());
  });

  afterAll(() => removeNixStore(small.root));

  test("has the closure that Nix says, with its sizes and hashes", async () => {
    const found = await closure(small.root);
    expect(found.map(({ path }) => path)).toEqual(lines(await small.nixStore("-qR", small.hello)));
    expect(found).toHaveLength(3);
    for (const { path, references, narSize, narHash } of found) {
      const query = (what: string) => small.nixStore("--query", what, path);
      expect(references).toEqual(lines(await query("--references")));
      expect(narSize).toBe(Number(await query("--size")));
      expect(narHash).toBe(parseHash((await query("--hash")).trim()));
      expect(await hashNar(dumpPath(small.real(path)))).toEqual({ narHash, narSize });
    }
    expect(found.some(({ path, references }) => references.includes(path))).toBe(true);
  });

  test("is described by nix path-info and nix-store --dump-db as its database has it", async () => {
    const descriptions = join(await folder(), "description");
    const expected = await closure(small.root);
    const info = ["--store", small.root, "path-info", "--json", "--recursive", small.hello];
    await writeFile(descriptions, await run([...NIX, ...info]));
    expect(await closure(small.root, { descriptions: [descriptions] })).toEqual(expected);
    await writeFile(descriptions, await small.nixStore("--dump-db"));
    const without = expected.map(({ registrationTime: _, ...rest }) => rest);
    expect(await closure(small.root, { descriptions: [descriptions] })).toEqual(without);
  });

  test("can be registered anew from what we write", async () => {
    const root = await folder();
    await run(["cp", "-a", join(small.root, "nix"), root]);
    await run(["rm", "-r", join(root, "nix/var")]);
    const input = formatRegistration(await closure(small.root));
    await run(["nix-store", "--store", root, "--load-db"], { input });
    await run(["nix-store", "--store", root, "--verify", "--check-contents"]);
    const dump = await run(["nix-store", "--store", root, "--dump-db"]);
    expect(lines(dump)).toEqual(lines(await small.nixStore("--dump-db")));
    await removeNixStore(root);
  });
});

describe.skipIf(lacks("nix"))("a NAR", () => {
  test("has Nix's bytes", async () => {
    const path = join(await folder(), "tree");
    writeTree(path, rawNames);
    const ours = await collectStream(dumpPath(path), Infinity, path);
    expect(ours.equals(await runBytes(["nix-store", "--dump", path]))).toBe(true);
    const { narHash } = await hashNar(dumpPath(path));
    expect(formatHash(narHash, "sri")).toBe((await run([...NIX, "hash", "path", path])).trim());
  });

  test("of values is unpacked by Nix", async () => {
    const path = join(await folder(), "restored");
    const contents = randomBytes(100_000);
    const open = () => streamBytes(contents);
    const input = await collectStream(
      writeNar({
        type: "directory",
        entries: () => [
          ["run", { type: "regular", executable: true, size: contents.length, open }],
          ["link", { type: "symlink", target: "run" }],
          ["empty", { type: "directory", entries: () => [] }],
        ],
      }, "values"),
      Infinity,
      "values",
    );
    await run(["nix-store", "--restore", path], { input });
    expect((await readdir(path)).sort()).toEqual(["empty", "link", "run"]);
    expect((await readFile(join(path, "link"))).equals(contents)).toBe(true);
    await run(["test", "-x", join(path, "run")]);
  });
});

test.skipIf(lacks("nix"))("hashes are written as Nix writes them", async () => {
  for (const [type, size] of [["sha256", 32], ["sha512", 64]] as const) {
    const digest = `${type}:${randomBytes(size).toString("hex")}` as const;
    const nixHash = ["nix-hash", "--type", type, "--to-base32", encodedOf(digest)];
    expect(formatHash(digest, "nix32")).toBe((await run(nixHash)).trim());
    const sri = (await run([...NIX, "hash", "to-sri", digest])).trim();
    expect(formatHash(digest, "sri")).toBe(sri);
    expect(parseHash(sri)).toBe(digest);
  }
});

describe.skipIf(lacks("root"))("a database where nothing can be written beside it", () => {
  const [old, fresh] = [pathOf("a", "old"), pathOf("b", "fresh")];
  const info = (path: string, ...references: string[]): PathInfo => ({
    path,
    narSize: 1,
    narHash: parseHash("0".repeat(64)),
    references,
  });

  /** What another process finds that sees the root as a read-only file system. */
  async function seen(root: string): Promise<string[]> {
    const script = new URL("support/print-closure.ts", import.meta.url).pathname;
    const runtime = process.versions["deno"] === undefined ? [] : ["run", "--allow-all"];
    const tmp = await folder();
    const printed = await run([
      ...["unshare", "--mount", "sh", "-c"],
      'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"',
      ...["sh", root, process.execPath, ...runtime, script, root, fresh],
    ], { env: { ...process.env, TMPDIR: tmp } });
    expect(await readdir(tmp)).toEqual([]);
    return JSON.parse(printed).map(({ path }: PathInfo) => path);
  }

  function reopened(root: string): DatabaseSync {
    return new (loadSqlite().DatabaseSync)(join(root, "nix/var/nix/db/db.sqlite"));
  }

  test("is read when nobody has it open", async () => {
    const root = await folder();
    (await makeDatabase(root, [info(old), info(fresh, old)])).close();
    const db = join(root, "nix/var/nix/db");
    expect(await readdir(db)).toEqual(["db.sqlite"]);
    expect(await seen(root)).toEqual([old, fresh]);
    expect(await readdir(db)).toEqual(["db.sqlite"]);
  });

  test("is read beside a writer, with what is only in the WAL", async () => {
    const root = await folder();
    (await makeDatabase(root, [info(old)])).close();
    const writer = reopened(root);
    addPaths(writer, [info(fresh, old)]);
    expect(await seen(root)).toEqual([old, fresh]);
    writer.close();
  });

  test("is read with its WAL, as a copy of a store in use has it", async () => {
    const [root, copy] = [await folder(), await folder()];
    (await makeDatabase(root, [info(old)])).close();
    const writer = reopened(root);
    addPaths(writer, [info(fresh, old)]);
    const db = "nix/var/nix/db";
    await mkdir(join(copy, db), { recursive: true });
    for (const name of ["db.sqlite", "db.sqlite-wal"]) {
      await copyFile(join(root, db, name), join(copy, db, name));
    }
    writer.close();
    expect(await seen(copy)).toEqual([old, fresh]);
  });
});
