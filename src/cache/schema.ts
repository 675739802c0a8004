/**
 * The tables of the cache. Each row has a seal, the digest of its table, its key and its values: a
 * value that a failing disk, a tool or a person changed, or that lies at another row's key, does not
 * have it. Who writes a seal anew can do whatever the cache's owner can.
 */
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

/** Counts up with the tables; rows of other versions are dropped. */
const VERSION = 2;

const COLUMNS = {
  blobs: "diff_id TEXT, recipe TEXT, digest TEXT, size INTEGER, seal TEXT, used INTEGER, " +
    "PRIMARY KEY (diff_id, recipe)",
  proved: "stamp TEXT PRIMARY KEY, digest TEXT, seal TEXT, used INTEGER",
  layers: "key TEXT PRIMARY KEY, digest TEXT, size INTEGER, seal TEXT, used INTEGER",
  bases: "key TEXT PRIMARY KEY, paths TEXT, seal TEXT, used INTEGER",
};

/** The name of a table. */
export type Table = keyof typeof COLUMNS;

/** The statements that make the tables anew, all empty. */
export const SCHEMA: string = Object.entries(COLUMNS)
  .map(([table, columns]) => `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (${columns});`)
  .join("\n") + `\nPRAGMA user_version = ${VERSION};`;

/** Tells whether a database has the tables as they are now. */
export function isCurrent(db: DatabaseSync): boolean {
  return db.prepare("PRAGMA user_version").get()?.user_version === VERSION;
}

/** Returns the seal of a row. @param values its key and what is remembered, in order. */
export function sealOf(table: Table, ...values: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify([table, ...values])).digest("hex");
}
