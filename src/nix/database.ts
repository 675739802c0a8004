/**
 * The store's database, read beside whoever writes it. It is in WAL mode, where readers and writers
 * do not wait for one another; but a reader needs the files `-wal` and `-shm` beside it, and has to
 * make them where nobody has it open.
 * @see https://www.sqlite.org/wal.html#readonly
 */
import { copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { sqlite } from "../bytes/sqlite.ts";
import { during, isSystemError, NixociError, reason } from "../errors.ts";
import { type Described, isCount, type Lookup } from "./described.ts";
import { parseHash } from "./hash.ts";

const ROWS = "SELECT id, path, hash, narSize, deriver, registrationTime FROM ValidPaths";

const REFERENCES = `SELECT path FROM Refs JOIN ValidPaths ON reference = id
  WHERE referrer = ? ORDER BY path`;

/**
 * Opens the database of a store for reading.
 * @param file `…/var/nix/db/db.sqlite`.
 * @throws NixociError `NOT_FOUND` when there is none, `MALFORMED` when it is not Nix's, `IO`.
 */
export async function openDatabase(file: string, storeDir: string): Promise<Lookup> {
  const db = await openBeside(file);
  const byPath = db.prepare(`${ROWS} WHERE path = ?`);
  const byPrefix = db.prepare(`${ROWS} WHERE path >= ? ORDER BY path LIMIT 1`);
  const references = db.prepare(REFERENCES);
  const described = (row: Row | undefined): Described | undefined =>
    row && {
      path: row.path,
      narHash: parseHash(row.hash),
      references: references.all(row.id).map((reference) => reference.path as string),
      registrationTime: row.registrationTime,
      ...(isCount(row.narSize) && row.narSize > 0 ? { narSize: row.narSize } : {}),
      ...(row.deriver ? { deriver: row.deriver } : {}),
    };
  const asking = <T>(ask: () => T): T => {
    try {
      return ask();
    } catch (error) {
      throw explained(error, file);
    }
  };
  return {
    info: (path) => asking(() => described(byPath.get(path) as Row | undefined)),
    find: (hash) =>
      asking(() => {
        const prefix = `${storeDir}/${hash}-`;
        const row = byPrefix.get(prefix) as Row | undefined;
        return described(row?.path.startsWith(prefix) ? row : undefined);
      }),
    close: () => db.close(),
  };
}

/** @see Nix's src/libstore/schema.sql */
interface Row {
  readonly id: number;
  readonly path: string;
  readonly hash: string;
  readonly narSize: number | null;
  readonly deriver: string | null;
  readonly registrationTime: number;
}

async function openBeside(file: string): Promise<DatabaseSync> {
  try {
    await stat(file);
    try {
      return open(file);
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      return await sizeOf(`${file}-wal`) > 0 ? await openCopy(file) : openImmutable(file);
    }
  } catch (error) {
    throw explained(error, file);
  }
}

function open(location: string | URL): DatabaseSync {
  const db = new (sqlite().DatabaseSync)(location, { readOnly: true });
  try {
    db.exec("PRAGMA busy_timeout = 5000");
    db.prepare(ROWS).get(); // opening reads nothing yet
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Without a WAL nobody is writing, and the file is all there is to read. */
function openImmutable(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  return open(url);
}

/** What is only in the WAL yet counts, too: both are read where SQLite may put its `-shm`. */
async function openCopy(file: string): Promise<DatabaseSync> {
  const folder = await mkdtemp(join(tmpdir(), "nixoci-db-"));
  try {
    const copy = join(folder, "db.sqlite");
    await copyFile(file, copy);
    await copyFile(`${file}-wal`, `${copy}-wal`);
    return open(copy);
  } finally {
    // What is open stays readable, and whatever happens to us, nothing is left.
    await rm(folder, { recursive: true, force: true });
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return 0;
    throw error;
  }
}

/** @see https://www.sqlite.org/rescode.html */
const SQLITE = { error: 1, busy: 5, readOnly: 8, corrupt: 11, cannotOpen: 14, notADatabase: 26 };

/** The primary result code; the bits above it say more. */
function resultOf(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}

/** Whether SQLite could not put its files beside the database. */
function isUnwritable(error: unknown): boolean {
  return [SQLITE.readOnly, SQLITE.cannotOpen].includes(resultOf(error));
}

function explained(error: unknown, file: string): NixociError {
  const doing = `Cannot read the Nix database ${file}`;
  if (isSystemError(error, "ENOENT", "ENOTDIR")) {
    return new NixociError("NOT_FOUND", `${doing}: there is none`, {
      cause: error,
      hint:
        "name the root of the store, or describe the closure in a file (nix path-info --json -r)",
    });
  }
  const result = resultOf(error);
  if ([SQLITE.error, SQLITE.corrupt, SQLITE.notADatabase].includes(result)) {
    return new NixociError("MALFORMED", `${doing}: ${reason(error)}`, { cause: error });
  }
  if (result === SQLITE.busy) {
    return new NixociError("IO", `${doing}: it is locked`, {
      cause: error,
      hint: "something keeps it to itself; try again when that is done",
    });
  }
  return during(error, doing);
}
