/** Nix's database as Nix makes it, for tests without Nix. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { loadSqlite } from "../../../src/bytes/disk/sqlite.ts";
import { encodedOf } from "../../../src/bytes/digest.ts";
import type { PathInfo } from "../../../src/nix/formats/path-info.ts";

/** The tables that matter, as `sqlite3 db.sqlite .schema` (Nix 2.8, schema 10) prints them. */
const SCHEMA = `
  CREATE TABLE ValidPaths (
    id               integer primary key autoincrement not null,
    path             text unique not null,
    hash             text not null,
    registrationTime integer not null,
    deriver          text,
    narSize          integer,
    ultimate         integer,
    sigs             text,
    ca               text
  );
  CREATE TABLE Refs (
    referrer  integer not null,
    reference integer not null,
    primary key (referrer, reference),
    foreign key (referrer) references ValidPaths(id) on delete cascade,
    foreign key (reference) references ValidPaths(id) on delete restrict
  );
  CREATE TABLE DerivationOutputs (
    drv  integer not null,
    id   text not null,
    path text not null,
    primary key (drv, id),
    foreign key (drv) references ValidPaths(id) on delete cascade
  );
`;

/** A store path for tests: the letter makes the hash. */
export function pathOf(letter: string, name: string, storeDir = "/nix/store"): string {
  return `${storeDir}/${letter.repeat(32)}-${name}`;
}

export const LIBC = pathOf("z", "libc-2.36");
export const BASH = pathOf("b", "bash-5.2");
export const HELLO = pathOf("a", "hello-2.12");
export const OTHER = pathOf("0", "other");

/** hello needs bash and the C library, bash needs that, which names itself. */
export const INFOS: readonly PathInfo[] = [
  { path: OTHER, narSize: 1, narHash: hashOf("0"), references: [], registrationTime: 1 },
  {
    path: HELLO,
    narSize: 300,
    narHash: hashOf("1"),
    references: [BASH, LIBC],
    deriver: "/nix/store/dddddddddddddddddddddddddddddddd-hello.drv",
    registrationTime: 1_700_000_002,
  },
  { path: BASH, narSize: 200, narHash: hashOf("2"), references: [LIBC], registrationTime: 2 },
  { path: LIBC, narSize: 100, narHash: hashOf("3"), references: [LIBC], registrationTime: 1 },
];

function hashOf(digit: string): `sha256:${string}` {
  return `sha256:${digit.repeat(64)}`;
}

/** The closure of hello, in order. */
export const CLOSURE = INFOS.slice(1);

/**
 * Writes a database below the root.
 * @returns it, open for writing; the caller closes it.
 */
export async function makeDatabase(
  root: string,
  infos: readonly PathInfo[] = INFOS,
  state = "nix",
): Promise<DatabaseSync> {
  const folder = join(root, state, "var/nix/db");
  await mkdir(folder, { recursive: true });
  const db = new (loadSqlite().DatabaseSync)(join(folder, "db.sqlite"));
  db.exec(`PRAGMA journal_mode = WAL; ${SCHEMA}`);
  addPaths(db, infos);
  return db;
}

/** Registers paths, as a build that ends does. */
export function addPaths(db: DatabaseSync, infos: readonly PathInfo[]): void {
  const insert = db.prepare(
    "INSERT INTO ValidPaths (path, hash, registrationTime, deriver, narSize) VALUES (?, ?, ?, ?, ?)",
  );
  const refer = db.prepare(
    "INSERT INTO Refs SELECT a.id, b.id FROM ValidPaths a, ValidPaths b WHERE a.path = ? AND b.path = ?",
  );
  db.exec("BEGIN");
  for (const { path, narHash, registrationTime = 0, deriver, narSize } of infos) {
    insert.run(path, `sha256:${encodedOf(narHash!)}`, registrationTime, deriver ?? null, narSize);
  }
  for (const { path, references } of infos) {
    for (const reference of references) refer.run(path, reference);
  }
  db.exec("COMMIT");
}

/** Makes the database complete in one file, as when nobody has it open. */
export async function makeClosedDatabase(
  root: string,
  infos?: readonly PathInfo[],
  state?: string,
): Promise<void> {
  (await makeDatabase(root, infos, state)).close();
}
