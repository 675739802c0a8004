/** Reads the size of the cache, and empties it. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { loadSqlite } from "../bytes/disk/sqlite.ts";
import { CACHE_DATABASE, cacheFolderOf } from "./cache.ts";
import { isSystemError, wrapError } from "../base/errors.ts";

/** The use of the cache: its size, and the number of things in it. */
export interface CacheUse {
  /** The folder. */
  readonly path: string;
  /** In bytes, all files that are the cache's. */
  readonly size: number;
  /** The number of things that are remembered, by kind. */
  readonly rows: Readonly<Record<string, number>>;
}

/** The files that are ours: the folder may be one that the user chose. */
const FILES = [CACHE_DATABASE, `${CACHE_DATABASE}-wal`, `${CACHE_DATABASE}-shm`];
const COMPILED = "compiled";

/**
 * Reads what the cache holds; a cache that is not there holds nothing.
 * @throws NixociError `IO`, `MALFORMED` for a database that is not one.
 * @example
 * ```ts
 * import { readCacheUse } from "nixoci";
 * console.log((await readCacheUse("no-folder")).size); // 0
 * ```
 */
export async function readCacheUse(path: string = cacheFolderOf()): Promise<CacheUse> {
  const sizes = await Promise.all([
    ...FILES.map((name) => readFileSize(join(path, name))),
    readFolderSize(join(path, COMPILED)),
  ]);
  const size = sizes.reduce((sum, one) => sum + one, 0);
  const rows = await withDatabase(path, (db) =>
    Object.fromEntries(
      listTables(db).map((table) => [
        table,
        Number(db.prepare(`SELECT count(*) AS n FROM "${table}"`).get()!.n),
      ]),
    ));
  return { path, size, rows: rows ?? {} };
}

/**
 * Empties the cache. Commands that run meanwhile go on, and remember anew.
 * @returns what was in it.
 * @throws NixociError `IO`.
 * @example
 * ```ts
 * import { readCacheUse, clearCache } from "nixoci";
 * await clearCache("no-folder");
 * console.log((await readCacheUse("no-folder")).size); // 0
 * ```
 */
export async function clearCache(path: string = cacheFolderOf()): Promise<CacheUse> {
  const before = await readCacheUse(path).catch(() => ({ path, size: 0, rows: {} }));
  try {
    // By way of the database: files that others have open are not to be taken from below them.
    const emptied = await withDatabase(path, (db) => {
      for (const table of listTables(db)) db.exec(`DELETE FROM "${table}"`);
      db.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
      return true;
    }).catch(() => false);
    if (emptied === false) {
      for (const name of FILES) await rm(join(path, name), { force: true });
    }
    await rm(join(path, COMPILED), { recursive: true, force: true });
  } catch (error) {
    throw wrapError(error, `Cannot clear the cache in ${path}`);
  }
  return before;
}

/** Works with the database; `undefined` when there is none. */
async function withDatabase<T>(
  path: string,
  work: (db: DatabaseSync) => T,
): Promise<T | undefined> {
  const file = join(path, CACHE_DATABASE);
  if (await readFileSize(file) === 0) return undefined;
  const { DatabaseSync } = loadSqlite();
  try {
    const db = new DatabaseSync(file);
    try {
      db.exec("PRAGMA busy_timeout = 2000");
      return work(db);
    } finally {
      db.close();
    }
  } catch (error) {
    throw wrapError(error, `Cannot read the cache ${file}`);
  }
}

function listTables(db: DatabaseSync): string[] {
  const names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
  return db.prepare(names).all().map(({ name }) => String(name)).sort();
}

async function readFileSize(file: string): Promise<number> {
  try {
    const stats = await stat(file);
    return stats.isFile() ? stats.size : 0;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return 0;
    throw wrapError(error, `Cannot read the cache ${file}`);
  }
}

async function readFolderSize(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const sizes = entries.map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? readFolderSize(path) : entry.isFile() ? readFileSize(path) : 0;
    });
    return (await Promise.all(sizes)).reduce((sum, one) => sum + one, 0);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return 0;
    throw wrapError(error, `Cannot read the cache ${folder}`);
  }
}
