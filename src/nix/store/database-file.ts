/**
 * Opens the store's database as a file, which others may write meanwhile. It is in WAL mode, in
 * which readers and writers do not wait for one another; but a reader needs the files `-wal` and
 * `-shm` beside it, and has to make them if nobody has it open.
 * @see https://www.sqlite.org/wal.html#readonly
 */
import { copyFile, mkdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { makeTemporaryName } from "../../bytes/disk/owner.ts";
import { loadSqlite } from "../../bytes/disk/sqlite.ts";
import { sweepFolder } from "../../bytes/disk/sweep.ts";
import { isSystemError, NixociError, reasonOf, wrapError } from "../../base/errors.ts";

/**
 * Opens a database for reading.
 * @param begin reads from it for the first time: only then does SQLite look at the file.
 * @throws NixociError as {@link explainError} says.
 */
export async function openDatabaseFile<T>(
  file: string,
  begin: (db: DatabaseSync) => T,
): Promise<T> {
  try {
    // SQLite would wait for a FIFO's writer without end.
    if (!(await stat(file)).isFile()) {
      throw new NixociError("MALFORMED", "it is not a regular file");
    }
    try {
      return openLocation(file, begin);
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      return await readSize(`${file}-wal`) > 0
        ? await openCopy(file, begin)
        : openImmutable(file, begin);
    }
  } catch (error) {
    throw explainError(error, file);
  }
}

function openLocation<T>(location: string | URL, begin: (db: DatabaseSync) => T): T {
  const db = new (loadSqlite().DatabaseSync)(location, { readOnly: true });
  try {
    db.exec("PRAGMA busy_timeout = 5000");
    return begin(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens the file alone. Without a WAL nobody is writing, and the file is all there is to read. */
function openImmutable<T>(file: string, begin: (db: DatabaseSync) => T): T {
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  return openLocation(url, begin);
}

/**
 * Opens a copy. The WAL's content counts, too: both are copied to where SQLite may put its `-shm`.
 */
async function openCopy<T>(file: string, begin: (db: DatabaseSync) => T): Promise<T> {
  await sweepFolder(tmpdir(), { locks: false }).catch(() => {});
  const folder = join(tmpdir(), makeTemporaryName());
  try {
    await mkdir(folder, { mode: 0o700 });
    const copy = join(folder, "db.sqlite");
    await copyFile(file, copy);
    await copyFile(`${file}-wal`, `${copy}-wal`);
    return openLocation(copy, begin);
  } finally {
    // What is open stays readable. A process that is killed before this is swept after.
    await rm(folder, { recursive: true, force: true });
  }
}

async function readSize(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return 0;
    throw error;
  }
}

/** SQLite's result codes. @see https://www.sqlite.org/rescode.html */
const SQLITE = { error: 1, busy: 5, readOnly: 8, corrupt: 11, cannotOpen: 14, notADatabase: 26 };

/** Returns SQLite's primary result code; the bits above it say more. */
function resultOf(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}

/** Tells whether SQLite could not put its files beside the database. */
function isUnwritable(error: unknown): boolean {
  return [SQLITE.readOnly, SQLITE.cannotOpen].includes(resultOf(error));
}

/**
 * Puts an error into our words: `NOT_FOUND` when there is no database, `MALFORMED` when it is not
 * Nix's, `IO`.
 */
export function explainError(error: unknown, file: string): NixociError {
  const doing = `Cannot read the Nix database ${file}`;
  if (isSystemError(error, "ENOENT", "ENOTDIR")) {
    return new NixociError("NOT_FOUND", `${doing}: there is none`, {
      cause: error,
      hint:
        "name the root of the store (--store), or a file that describes the closure (nix path-info --json -r)",
    });
  }
  const result = resultOf(error);
  const isTooLarge = error instanceof RangeError; // a number, for JavaScript
  if (isTooLarge || [SQLITE.error, SQLITE.corrupt, SQLITE.notADatabase].includes(result)) {
    return new NixociError("MALFORMED", `${doing}: ${reasonOf(error)}`, { cause: error });
  }
  if (result === SQLITE.busy) {
    return new NixociError("IO", `${doing}: it is locked`, {
      cause: error,
      hint: "something keeps it to itself; try again when that is done",
    });
  }
  return wrapError(error, doing);
}
