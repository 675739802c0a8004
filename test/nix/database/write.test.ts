/** Nix's database as it is written: the same bytes everywhere, and what is there already stays. */
import { copyFile, readFile } from "node:fs/promises";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { describe, expect, it, vi } from "vitest";
import { loadSqlite } from "../../../src/bytes/disk/sqlite.ts";
import { digestOf } from "../../../src/bytes/digest.ts";
import {
  type DatabaseFiles,
  listDatabasePaths,
  type RegisteredPath,
  writeDatabase,
} from "../../../src/nix/database/write.ts";
import { openDatabase } from "../../../src/nix/store/database.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { addPaths, CLOSURE, INFOS, makeDatabase, OTHER, pathOf } from "../support/store.ts";

const REGISTERED: readonly RegisteredPath[] = [...CLOSURE]
  .sort((a, b) => a.path < b.path ? -1 : 1)
  .map((info) => ({ ...info, narHash: info.narHash!, outputs: new Map() }));
const DRV: RegisteredPath = {
  path: pathOf("d", "hello.drv"),
  narHash: `sha256:${"4".repeat(64)}`,
  narSize: 9,
  references: [],
  outputs: new Map([["out", pathOf("a", "hello-2.12")]]),
};
const written = (paths: readonly RegisteredPath[], below?: DatabaseFiles, registrationTime = 0) =>
  writeDatabase(paths, { registrationTime, below });

/** Has a database open that is gone when the test is over. */
async function opened(bytes: Uint8Array): Promise<DatabaseSync> {
  const file = join(await temporaryFolder(), "db.sqlite");
  writeFileSync(file, bytes);
  return new (loadSqlite().DatabaseSync)(file);
}

async function rowsOf(bytes: Uint8Array, query: string): Promise<unknown[]> {
  const db = await opened(bytes);
  try {
    return db.prepare(query).all().map((row) => Object.values(row));
  } finally {
    db.close();
  }
}

/** The files of a database that a writer has open, with what is only in the WAL. */
async function filesInUse(...more: string[]): Promise<DatabaseFiles> {
  const [root, copy] = [await temporaryFolder(), await temporaryFolder()];
  (await makeDatabase(root, INFOS.slice(0, 1))).close();
  const file = join(root, "nix/var/nix/db/db.sqlite");
  const writer = new (loadSqlite().DatabaseSync)(file);
  addPaths(writer, INFOS.slice(1));
  for (const statement of more) writer.exec(statement);
  for (const end of ["", "-wal"]) await copyFile(file + end, join(copy, `db${end}`));
  writer.close();
  const [database, wal] = [await readFile(join(copy, "db")), await readFile(join(copy, "db-wal"))];
  expect(wal.length).toBeGreaterThan(0);
  return { database, wal, schema: "10", name: "the base's" };
}

describe("a new database", () => {
  it("has the same bytes on every runtime", () => {
    expect(digestOf(written([]))).toMatchInlineSnapshot(
      `"sha256:2a147b5c50962790589525e038315eeb95e6cffce0e1eebeb7f99ab204dabd8a"`,
    );
    expect(digestOf(written([...REGISTERED, DRV]))).toMatchInlineSnapshot(
      `"sha256:3582afcbe72688482c05286a2e6f5c8f8bbbbce0bbb8dba6ef2770938ac3181b"`,
    );
    const many = Array.from({ length: 2000 }, (_, i): RegisteredPath => {
      const path = pathOf("a", `n${String(i).padStart(4, "0")}`);
      return { ...DRV, path, references: [path], outputs: new Map([["out", path]]) };
    });
    expect(digestOf(written(many))).toMatchInlineSnapshot(
      `"sha256:33132e894dcb2d50c8f907eec5d373f474d1c19794ca547764b6e21b629468ef"`,
    );
  });

  it("is read as Nix's", async () => {
    const file = join(await temporaryFolder(), "db.sqlite");
    writeFileSync(file, written(REGISTERED, undefined, 5));
    const lookup = await openDatabase(file, "/nix/store");
    for (const { path, narHash, narSize, references } of CLOSURE) {
      expect(lookup.info(path)).toEqual({
        path,
        narHash,
        narSize,
        references,
        registrationTime: 5,
      });
    }
    lookup.close();
  });

  it("has null where Nix knows nothing, and what paths say of themselves", async () => {
    const bytes = written([...REGISTERED, DRV]);
    const empty = "SELECT DISTINCT deriver, ultimate, sigs, ca FROM ValidPaths";
    expect(await rowsOf(bytes, empty)).toEqual([[null, null, null, null]]);
    const self =
      "SELECT path FROM Refs JOIN ValidPaths ON id = referrer WHERE referrer = reference";
    expect(await rowsOf(bytes, self)).toEqual([[pathOf("z", "libc-2.36")]]);
    const outputs =
      "SELECT v.path AS drv, o.id, o.path FROM DerivationOutputs o JOIN ValidPaths v ON v.id = drv";
    expect(await rowsOf(bytes, outputs)).toEqual([[DRV.path, "out", pathOf("a", "hello-2.12")]]);
    expect(await rowsOf(bytes, "SELECT seq FROM sqlite_sequence")).toEqual([[4]]);
  });

  it("is whole, and in the mode that Nix wants", async () => {
    const bytes = written(REGISTERED);
    expect(await rowsOf(bytes, "PRAGMA integrity_check")).toEqual([["ok"]]);
    expect(await rowsOf(bytes, "PRAGMA foreign_key_check")).toEqual([]);
    expect(await rowsOf(bytes, "PRAGMA journal_mode")).toEqual([["wal"]]);
  });
});

describe("the statements of Nix 2.36", () => {
  it("find nothing to change at first, and delete what names itself", async () => {
    const db = await opened(written([...REGISTERED, DRV]));
    // Its upgradeDBSchema, its addReference, and what it does for an invalid path.
    const migrations = db.prepare("SELECT migration FROM SchemaMigrations").all();
    expect(migrations.map((row) => row.migration)).toEqual([
      "20260309-drop-redundant-indexreferrer",
    ]);
    const indexes = db.prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND sql <> ''")
      .all();
    expect(indexes.map(({ name }) => name).sort()).toEqual([
      "IndexDerivationOutputs",
      "IndexReference",
    ]);
    db.exec("INSERT OR REPLACE INTO Refs (referrer, reference) VALUES (1, 1)");
    const invalidate = db.prepare("DELETE FROM ValidPaths WHERE path = ?");
    expect(() => invalidate.run(pathOf("z", "libc-2.36"))).toThrow("FOREIGN KEY");
    invalidate.run(pathOf("a", "hello-2.12"));
    expect(db.prepare("SELECT count(*) AS n FROM Refs WHERE referrer = 1").get()?.n).toBe(0);
    invalidate.run(DRV.path);
    expect(db.prepare("SELECT count(*) AS n FROM DerivationOutputs").get()?.n).toBe(0);
    db.close();
  });
});

describe("a database with others below", () => {
  it("has what those have, with their numbers and their other tables", async () => {
    const below = await filesInUse(
      "CREATE TABLE Realisations (id integer primary key, drvPath text); INSERT INTO Realisations VALUES (7, 'x')",
      "UPDATE ValidPaths SET sigs = 'cache:1' WHERE narSize = 1",
    );
    const added = { ...DRV, references: [OTHER] };
    const bytes = written([added], below, 3);
    const rows = await rowsOf(
      bytes,
      "SELECT id, path, registrationTime, sigs FROM ValidPaths ORDER BY id",
    );
    expect(rows.slice(0, 2)).toEqual([
      [1, OTHER, 1, "cache:1"],
      [2, pathOf("a", "hello-2.12"), 1_700_000_002, null],
    ]);
    expect(rows.at(-1)).toEqual([5, DRV.path, 3, null]);
    expect(await rowsOf(bytes, "SELECT * FROM Refs WHERE referrer = 5")).toEqual([[5, 1]]);
    expect(await rowsOf(bytes, "SELECT * FROM Realisations")).toEqual([[7, "x"]]);
    expect(await rowsOf(bytes, "PRAGMA foreign_key_check")).toEqual([]);
    expect(digestOf(bytes)).toBe(digestOf(written([added], below, 3)));
  });

  it("lists their paths, those that are in the WAL alone too", async () => {
    const below = await filesInUse();
    expect(listDatabasePaths(below)).toEqual(INFOS.map(({ path }) => path));
    expect(listDatabasePaths({ ...below, wal: undefined })).toEqual([OTHER]);
  });

  it.each([
    ["its schema is 11", "11\n", ""],
    ["its schema is not a number", "ten", ""],
    ["it has no table DerivationOutputs", "10", "DROP TABLE DerivationOutputs"],
    ["ValidPaths has no column ca", undefined, "ALTER TABLE ValidPaths DROP COLUMN ca"],
    [
      "it has a trigger that Nix does not make",
      "10",
      "CREATE TRIGGER t AFTER INSERT ON Refs BEGIN DELETE FROM Refs; END",
    ],
  ])("refuses another schema: %s", async (why, schema, statement) => {
    const below = { ...await filesInUse(statement), schema };
    expect(() => written([DRV], below)).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED",
        message: `Cannot read the Nix database the base's: ${why}`,
      }),
    );
  });

  it("names the folder for temporary files where none can be made", async () => {
    vi.stubEnv("TMPDIR", `${await temporaryFolder()}/gone`);
    expect(() => written(REGISTERED)).toThrow(
      /^Cannot make a temporary folder in .*\/gone: no such/,
    );
    vi.unstubAllEnvs();
  });

  it("refuses what is no database", () => {
    const database = Buffer.from("SQLite format 3\0 and then something else".repeat(99));
    const below = { database, wal: undefined, schema: "10", name: "the base's" };
    expect(() => listDatabasePaths(below)).toThrow(expect.objectContaining({ code: "MALFORMED" }));
    const empty = { ...below, database: Buffer.alloc(0) };
    expect(() => listDatabasePaths(empty)).toThrow("it has no table ValidPaths");
  });
});
