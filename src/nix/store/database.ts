/**
 * What the store's database says of its paths.
 * @see Nix's src/libstore/schema.sql
 */
import type { DatabaseSync } from "node:sqlite";
import { NixociError } from "../../base/errors.ts";
import { explained, openBeside } from "./database-file.ts";
import { type Described, isCount, type Lookup } from "./described.ts";
import { parseHash } from "../formats/hash.ts";
import { isStorePath } from "../formats/store-path.ts";

const ROWS = "SELECT id, path, hash, narSize, deriver, registrationTime FROM ValidPaths";

const REFERENCES = `SELECT path FROM Refs JOIN ValidPaths ON reference = id
  WHERE referrer = ? ORDER BY path`;

/** As it is there: SQLite keeps no one from writing text where a number belongs. */
type Row = Readonly<Record<string, unknown>>;

/**
 * Opens the database of a store for reading.
 * @param file `…/var/nix/db/db.sqlite`.
 * @throws NixociError `NOT_FOUND` when there is none, `MALFORMED` when it is not Nix's, `IO`.
 */
export async function openDatabase(file: string, storeDir: string): Promise<Lookup> {
  return await openBeside(file, (db) => lookupIn(db, file, storeDir));
}

function lookupIn(db: DatabaseSync, file: string, storeDir: string): Lookup {
  const byPath = db.prepare(`${ROWS} WHERE path = ?`);
  const byPrefix = db.prepare(`${ROWS} WHERE path >= ? ORDER BY path LIMIT 1`);
  const references = db.prepare(REFERENCES);
  byPath.get("");
  const asking = (ask: () => Row | undefined): Described | undefined => {
    try {
      const row = ask();
      return row && described(row, references.all(row.id as number), storeDir);
    } catch (error) {
      throw explained(error, file);
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

/** What rows say; a path that leads elsewhere would put the machine's own files into an image. */
function described(row: Row, references: readonly Row[], storeDir: string): Described {
  const { hash, narSize, registrationTime, deriver } = row;
  const path = pathIn(row, storeDir);
  if (typeof hash !== "string") throw new NixociError("MALFORMED", `${path} has no hash`);
  return {
    path,
    narHash: parseHash(hash),
    references: references.map((reference) => pathIn(reference, storeDir)),
    ...(isCount(registrationTime) ? { registrationTime } : {}),
    ...(isCount(narSize) && narSize > 0 ? { narSize } : {}),
    ...(typeof deriver === "string" && deriver !== "" ? { deriver } : {}),
  };
}

function pathIn({ path }: Row, storeDir: string): string {
  if (typeof path === "string" && isStorePath(path, storeDir)) return path;
  const shown = typeof path === "string" ? JSON.stringify(path) : "what is no text";
  throw new NixociError("MALFORMED", `${shown} is not a store path of ${storeDir}`);
}
