import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, rmdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { makeTemporaryName } from "../../../src/bytes/disk/owner.ts";
import { readClosure } from "../../../src/nix/store/closure.ts";
import type { PathInfo } from "../../../src/nix/formats/path-info.ts";
import { type NixStore, openStore, type StoreOptions } from "../../../src/nix/store/store.ts";
import { temporaryFolder } from "../../support/folder.ts";
import {
  addPaths,
  BASH,
  HELLO,
  INFOS,
  LIBC,
  makeClosedDatabase,
  makeDatabase,
  pathOf,
} from "../support/store.ts";

async function opened(options: StoreOptions): Promise<NixStore> {
  const store = await openStore(options);
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

describe("a store with a database", () => {
  it("knows its paths", async () => {
    const root = await temporaryFolder();
    await makeClosedDatabase(root);
    const store = await opened({ root });
    for (const info of INFOS) expect(await store.info(info.path)).toEqual(info);
    expect(store.name).toBe(join(root, "nix/store"));
    expect(store.storeDir).toBe("/nix/store");
  });

  it("says where they really lie", async () => {
    const root = await temporaryFolder();
    await makeClosedDatabase(root);
    const store = await opened({ root });
    expect(store.realPath(`${HELLO}/bin/hello`)).toBe(`${root}${HELLO}/bin/hello`);
  });

  it("does not know others", async () => {
    const root = await temporaryFolder();
    await makeClosedDatabase(root);
    const store = await opened({ root });
    for (const path of [`${HELLO}x`, HELLO.slice(0, -1), `${HELLO}/bin`, "", "/nix/store"]) {
      expect(await store.info(path)).toBeUndefined();
    }
  });

  it("finds a path by its hash alone", async () => {
    const root = await temporaryFolder();
    await makeClosedDatabase(root);
    const store = await opened({ root });
    expect((await store.find("a".repeat(32)))?.path).toBe(HELLO);
    expect((await store.find("z".repeat(32)))?.path).toBe(LIBC);
    for (const hash of ["c".repeat(32), "a".repeat(31), "", "%"]) {
      expect(await store.find(hash)).toBeUndefined();
    }
  });

  it("is read beside its writer, whose changes are seen", async () => {
    const root = await temporaryFolder();
    const writer = await makeDatabase(root, INFOS.slice(2));
    try {
      const store = await opened({ root });
      expect(await store.info(BASH)).toBeDefined();
      expect(await store.info(HELLO)).toBeUndefined();
      addPaths(writer, INFOS.slice(1, 2));
      expect(await store.info(HELLO)).toEqual(INFOS[1]);
      // While a build writes, others read what was there before.
      writer.exec("BEGIN IMMEDIATE; DELETE FROM ValidPaths WHERE path LIKE '%hello%'");
      expect(await store.info(HELLO)).toBeDefined();
      writer.exec("ROLLBACK");
    } finally {
      writer.close();
    }
  });

  it("does not keep its writer waiting", async () => {
    const root = await temporaryFolder();
    const writer = await makeDatabase(root);
    try {
      const store = await opened({ root });
      await store.info(HELLO);
      addPaths(writer, [{ ...INFOS[0]!, path: pathOf("c", "new") }]);
      expect(await store.info(pathOf("c", "new"))).toBeDefined();
    } finally {
      writer.close();
    }
  });

  it("is read from a copy where SQLite cannot write beside it, which leaves nothing of the dead", async () => {
    const [root, temporary] = [await temporaryFolder(), await temporaryFolder()];
    const writer = await makeDatabase(await temporaryFolder());
    const folder = join(root, "nix/var/nix/db");
    const from = writer.location()!;
    await mkdir(folder, { recursive: true });
    symlinkSync("nowhere", join(folder, "db.sqlite-shm")); // where SQLite would write
    for (const end of ["", "-wal"]) copyFileSync(from + end, join(folder, `db.sqlite${end}`));
    writer.close();
    const dead = makeTemporaryName().replace(`-${process.pid}-`, "-99999999-");
    await mkdir(join(temporary, dead));
    vi.stubEnv("TMPDIR", temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    const store = await opened({ root });
    expect(await store.info(HELLO)).toEqual(INFOS[1]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("may lie elsewhere than in /nix/store", async () => {
    const root = await temporaryFolder();
    const path = pathOf("g", "guile", "/opt/gnu/store");
    const info: PathInfo = { ...INFOS[0]!, path };
    await makeClosedDatabase(root, [info], "opt/gnu");
    const store = await opened({ root, storeDir: "/opt/gnu/store" });
    expect(await store.info(path)).toEqual(info);
    expect((await store.find("g".repeat(32)))?.path).toBe(path);
  });

  it("measures a path whose size it was never told", async () => {
    const root = await temporaryFolder();
    const db = await makeDatabase(root);
    db.exec("UPDATE ValidPaths SET narSize = NULL");
    db.close();
    await mkdir(join(root, "nix/store"));
    writeFileSync(join(root, HELLO), "hello");
    const store = await opened({ root });
    expect(await store.info(HELLO)).toMatchObject({ narSize: 120, references: [BASH, LIBC] });
  });
});

describe("a store whose database cannot be read", () => {
  it("is named when there is none", async () => {
    const root = await temporaryFolder();
    await expect(openStore({ root })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `Cannot read the Nix database ${root}/nix/var/nix/db/db.sqlite: there is none`,
      hint: expect.stringContaining("nix path-info --json"),
    });
    expect(readdirSync(root)).toEqual([]);
  });

  it.each([
    ["no database", "x".repeat(5000)],
    ["empty", ""],
  ])("is named when it is %s", async (_, contents) => {
    const root = await temporaryFolder();
    const folder = join(root, "nix/var/nix/db");
    await mkdir(folder, { recursive: true });
    writeFileSync(join(folder, "db.sqlite"), contents);
    await expect(openStore({ root })).rejects.toMatchObject({
      code: "MALFORMED",
      message: expect.stringContaining(`Cannot read the Nix database ${folder}/db.sqlite: `),
    });
  });

  it.each<[what: string, spoil: string, why: string]>([
    ["no references", "DROP TABLE Refs", "no such table: Refs"],
    ["other columns", "ALTER TABLE ValidPaths DROP COLUMN narSize", "no such column: narSize"],
  ])("is named when it has %s", async (_, spoil, why) => {
    const root = await spoiled(spoil);
    await expect(openStore({ root })).rejects.toMatchObject({
      code: "MALFORMED",
      message: expect.stringContaining(`/nix/var/nix/db/db.sqlite: ${why}`),
    });
  });

  it.each<[what: string, spoil: string, why: string]>([
    ["no hash", "hash = x'00'", `${BASH} has no hash`],
    ["a hash that is none", "hash = 'abc'", '"abc" is not a hash'],
    ["a path elsewhere", "path = '/etc'", '"/etc" is not a store path of /nix/store'],
    ["a way out", "path = '/nix/store/../..'", '"/nix/store/../.." is not a store path'],
    ["bytes for a path", "path = x'2f'", "is not a store path of /nix/store"],
  ])("is named when it has %s", async (_, spoil, why) => {
    const root = await spoiled(`UPDATE ValidPaths SET ${spoil} WHERE path = '${BASH}'`);
    const store = await opened({ root });
    await expect(readClosure([HELLO], store)).rejects.toMatchObject({
      code: "MALFORMED",
      message: expect.stringContaining(why),
    });
  });

  it("is not waited for when it is a FIFO, or a folder", async () => {
    const root = await temporaryFolder();
    const file = join(root, "nix/var/nix/db/db.sqlite");
    await mkdir(file, { recursive: true });
    const refused = { code: "MALFORMED", message: expect.stringContaining("not a regular file") };
    await expect(openStore({ root })).rejects.toMatchObject(refused);
    if (process.platform === "win32") return;
    rmdirSync(file);
    execFileSync("mkfifo", [file]);
    await expect(openStore({ root })).rejects.toMatchObject(refused);
  });
});

/** A root whose database has seen this. */
async function spoiled(sql: string): Promise<string> {
  const root = await temporaryFolder();
  const db = await makeDatabase(root);
  db.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
  db.close();
  return root;
}
