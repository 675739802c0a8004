/**
 * Writes Nix's database: a new one, or one that there is, with more paths. The same content makes the
 * same bytes, whichever SQLite a runtime has.
 */
import type { Buffer } from "node:buffer";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { wrapError } from "../../base/errors.ts";
import type { Digest } from "../../bytes/digest.ts";
import { makeTemporaryName } from "../../bytes/disk/owner.ts";
import { loadSqlite } from "../../bytes/disk/sqlite.ts";
import { explainError } from "../store/database-file.ts";
import { checkSchema, SCHEMA } from "./schema.ts";

/** A store path as the database has it. */
export interface RegisteredPath {
  readonly path: string;
  readonly narHash: Digest;
  readonly narSize: number;
  /** Store paths in the database, or among those that come with it. */
  readonly references: readonly string[];
  /** The store paths of a derivation's outputs, by their names; empty for any other path. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** A database as files have it. */
export interface DatabaseFiles {
  readonly database: Uint8Array;
  /** The content of the file with `-wal` behind its name, where there is one. */
  readonly wal: Uint8Array | undefined;
  /** The text of the file `schema`, where there is one. */
  readonly schema: string | undefined;
  /** The name in errors. */
  readonly name: string;
}

/**
 * Lists the paths that a database has.
 * @throws NixociError `UNSUPPORTED` for another schema, `MALFORMED` for what is not a database, `IO`.
 */
export function listDatabasePaths(files: DatabaseFiles): string[] {
  return withFolder((folder) =>
    withDatabase(files, folder, (db) => {
      const rows = db.prepare("SELECT path FROM ValidPaths ORDER BY id").all();
      return rows.map(({ path }) => String(path));
    })
  );
}

/**
 * Writes a database with these paths, in their order; what is in the one below stays as it is.
 * @param registrationTime of these paths, in seconds since 1970.
 * @throws NixociError as {@link listDatabasePaths} does.
 */
export function writeDatabase(
  paths: readonly RegisteredPath[],
  { registrationTime, below }: {
    readonly registrationTime: number;
    readonly below?: DatabaseFiles | undefined;
  },
): Uint8Array {
  return withFolder((folder) => {
    const file = join(folder, "whole.sqlite");
    withDatabase(below, folder, (db) => {
      addRows(db, paths, registrationTime);
      // No free pages, and all in the order of keys: nothing tells of how it came about.
      db.prepare("VACUUM INTO ?").run(file);
    });
    const bytes = readFileSync(file);
    normalizeHeader(bytes);
    return bytes;
  });
}

/** Has a folder of its own while the work is done; its name is one that is swept, should this process be killed. */
function withFolder<T>(work: (folder: string) => T): T {
  const folder = join(tmpdir(), makeTemporaryName());
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    throw wrapError(error, `Cannot make a temporary folder in ${tmpdir()}`);
  }
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function withDatabase<T>(
  files: DatabaseFiles | undefined,
  folder: string,
  work: (db: DatabaseSync) => T,
): T {
  if (files === undefined) {
    return withOpen(":memory:", (db) => (db.exec(SETTINGS + SCHEMA), work(db)));
  }
  const file = join(folder, "db.sqlite");
  writeFileSync(file, files.database);
  if (files.wal !== undefined) writeFileSync(`${file}-wal`, files.wal);
  try {
    return withOpen(file, (db) => {
      // It is somebody else's: no function of its schema may do more than compute.
      db.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
      checkSchema(db, files.schema);
      return work(db);
    });
  } catch (error) {
    throw explainError(error, files.name);
  }
}

/** The defaults, which a runtime might be built with others. */
const SETTINGS = "PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA auto_vacuum = NONE;";

function withOpen<T>(location: string, work: (db: DatabaseSync) => T): T {
  const db = new (loadSqlite().DatabaseSync)(location);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** Adds what Nix adds for paths; a column that it would leave empty is null. */
function addRows(db: DatabaseSync, paths: readonly RegisteredPath[], registrationTime: number) {
  const addPath = db.prepare(
    "INSERT INTO ValidPaths (path, hash, registrationTime, narSize) VALUES (?, ?, ?, ?)",
  );
  const addReference = db.prepare(
    "INSERT INTO Refs SELECT ?, id FROM ValidPaths WHERE path = ?",
  );
  const addOutput = db.prepare("INSERT INTO DerivationOutputs (drv, id, path) VALUES (?, ?, ?)");
  db.exec("BEGIN");
  const ids = paths.map(({ path, narHash, narSize }) =>
    addPath.run(path, narHash, registrationTime, narSize).lastInsertRowid
  );
  paths.forEach(({ references, outputs }, i) => {
    for (const reference of [...new Set(references)].sort()) addReference.run(ids[i]!, reference);
    for (const [id, path] of outputs) addOutput.run(ids[i]!, id, path);
  });
  db.exec("COMMIT");
}

/** A version of SQLite, as its header has it. */
const SQLITE_VERSION = 3_050_000;

/**
 * Makes the header one that any SQLite could have written, and in the mode that Nix would change it to:
 * for that it needs the file for itself, and two processes that begin together would fail.
 * @see https://www.sqlite.org/fileformat2.html#the_database_header
 */
function normalizeHeader(bytes: Buffer): void {
  const wal = 2;
  bytes[18] = bytes[19] = wal;
  for (const counter of [24, 92]) bytes.writeUInt32BE(1, counter);
  bytes.writeUInt32BE(SQLITE_VERSION, 96);
}
