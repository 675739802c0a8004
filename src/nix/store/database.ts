/**
 * Looks store paths up in the store's database.
 * @see Nix's src/libstore/schema.sql
 */
import type { DatabaseSync } from "node:sqlite";
import { NixociError } from "../../base/errors.ts";
import { explainError, openDatabaseFile } from "./database-file.ts";
import { isCount, type PathDescription, type PathLookup } from "../description/path-description.ts";
import { parseHash } from "../formats/hash.ts";
import { isStorePath } from "../formats/store-path.ts";

const ROWS = "SELECT id, path, hash, narSize, deriver, registrationTime FROM ValidPaths";

const REFERENCES = `SELECT path FROM Refs JOIN ValidPaths ON reference = id
  WHERE referrer = ? ORDER BY path`;

/** A row as it is: SQLite lets anyone write text where a number belongs. */
type Row = Readonly<Record<string, unknown>>;

/**
 * Opens the database of a store for reading.
 * @param file `…/var/nix/db/db.sqlite`.
 * @throws NixociError `NOT_FOUND` when there is none, `MALFORMED` when it is not Nix's, `IO`.
 */
export async function openDatabase(file: string, storeDir: string): Promise<PathLookup> {
  return await openDatabaseFile(file, (db) => createLookup(db, file, storeDir));
}

function createLookup(db: DatabaseSync, file: string, storeDir: string): PathLookup {
  const byPath = db.prepare(`${ROWS} WHERE path = ?`);
  const byPrefix = db.prepare(`${ROWS} WHERE path >= ? ORDER BY path LIMIT 1`);
  const references = db.prepare(REFERENCES);
  byPath.get("");
  const asking = (ask: () => Row | undefined): PathDescription | undefined => {
    try {
      const row = ask();
      return row && descriptionOf(row, references.all(row.id as number), storeDir);
    } catch (error) {
      throw explainError(error, file);
    }
  };
  return {
    info: (path) => asking(() => byPath.get(path)),
    find: (hash) =>
      asking(() => {
        const prefix = `${storeDir}/${hash}-`;
        const row = byPrefix.get(prefix);
        return String(row?.path).startsWith(prefix) ? row : undefined;
      }),
    close: () => db.close(),
  };
}

/**
 * Reads the description of a path from rows; one outside the store would put the machine's own
 * files into an image.
 */
function descriptionOf(row: Row, references: readonly Row[], storeDir: string): PathDescription {
  const { hash, narSize, registrationTime, deriver } = row;
  const path = parsePath(row, storeDir);
  if (typeof hash !== "string") throw new NixociError("MALFORMED", `${path} has no hash`);
  return {
    path,
    narHash: parseHash(hash),
    references: references.map((reference) => parsePath(reference, storeDir)),
    ...(isCount(registrationTime) ? { registrationTime } : {}),
    ...(isCount(narSize) && narSize > 0 ? { narSize } : {}),
    ...(typeof deriver === "string" && deriver !== "" ? { deriver } : {}),
  };
}

function parsePath({ path }: Row, storeDir: string): string {
  if (typeof path === "string" && isStorePath(path, storeDir)) return path;
  const shown = typeof path === "string" ? JSON.stringify(path) : "what is not text";
  throw new NixociError("MALFORMED", `${shown} is not a store path of ${storeDir}`);
}
