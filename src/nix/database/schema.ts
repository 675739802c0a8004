/**
 * The schema of Nix's database. Nix 2.3 to 2.36 read and write what is made here: the later ones find
 * nothing to change, for the table of migrations says that it is done.
 * @see https://github.com/NixOS/nix/blob/master/src/libstore/schema.sql
 */
import type { DatabaseSync } from "node:sqlite";
import { NixociError } from "../../base/errors.ts";

/** The content of the file `schema` beside the database. */
export const SCHEMA_VERSION = "10";

/** Creates the tables. Nix before 2.35 has an index more, which says what a primary key says. */
export const SCHEMA = `
CREATE TABLE ValidPaths (
  id integer primary key autoincrement not null,
  path text unique not null,
  hash text not null,
  registrationTime integer not null,
  deriver text,
  narSize integer,
  ultimate integer,
  sigs text,
  ca text
);
CREATE TABLE Refs (
  referrer integer not null,
  reference integer not null,
  primary key (referrer, reference),
  foreign key (referrer) references ValidPaths(id) on delete cascade,
  foreign key (reference) references ValidPaths(id) on delete restrict
);
CREATE INDEX IndexReference ON Refs(reference);
CREATE TRIGGER DeleteSelfRefs BEFORE DELETE ON ValidPaths BEGIN
  DELETE FROM Refs WHERE referrer = old.id AND reference = old.id;
END;
CREATE TABLE DerivationOutputs (
  drv integer not null,
  id text not null,
  path text not null,
  primary key (drv, id),
  foreign key (drv) references ValidPaths(id) on delete cascade
);
CREATE INDEX IndexDerivationOutputs ON DerivationOutputs(path);
CREATE TABLE SchemaMigrations (migration text primary key not null);
INSERT INTO SchemaMigrations VALUES ('20260309-drop-redundant-indexreferrer');
`;

/** The columns that rows are added to. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  ValidPaths: [
    ...["id", "path", "hash", "registrationTime", "deriver", "narSize", "ultimate", "sigs", "ca"],
  ],
  Refs: ["referrer", "reference"],
  DerivationOutputs: ["drv", "id", "path"],
};

/** Nix's own: `DeleteSelfRefs`, and `DeleteSelfRefsViaRealisations` with ca-derivations. */
const TRIGGER = /^DeleteSelfRefs/;

/**
 * Proves that rows can be added to the database as Nix adds them.
 * @param version the text of the file `schema`, where there is one.
 * @throws NixociError `UNSUPPORTED` for another schema.
 */
export function checkSchema(db: DatabaseSync, version: string | undefined): void {
  if (version !== undefined && version.trim() !== SCHEMA_VERSION) {
    throw schemaError(`its schema is ${quoteVersion(version)}`);
  }
  for (const [table, columns] of Object.entries(COLUMNS)) {
    const kind = db.prepare("SELECT type FROM sqlite_master WHERE name = ?").get(table)?.type;
    const names = db.prepare("SELECT name FROM pragma_table_info(?)").all(table)
      .map(({ name }) => name);
    const missing = columns.find((column) => !names.includes(column));
    if (kind !== "table") throw schemaError(`it has no table ${table}`);
    if (missing !== undefined) throw schemaError(`${table} has no column ${missing}`);
  }
  const triggers = db.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all();
  const other = triggers.find(({ name }) => !TRIGGER.test(String(name)));
  if (other !== undefined) throw schemaError("it has a trigger that Nix does not make");
}

function quoteVersion(version: string): string {
  return /^\d{1,9}$/.test(version.trim()) ? version.trim() : "not a number";
}

function schemaError(why: string): NixociError {
  return new NixociError("UNSUPPORTED", why, {
    hint: `open it once with Nix 2.3 or later, which makes it schema ${SCHEMA_VERSION}`,
  });
}
