/**
 * The memory of what was found out before: which compressed blob a layer
 * becomes, which files have been proved to be what they are named, what layers of store paths are
 * called, and which store paths base images have. The cache only ever saves work: a row that is not
 * as it was written is none (see `schema.ts`), what is made from one is verified, and a cache that cannot
 * be read or written is as good as none.
 */
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type Digest, isDigest } from "../bytes/digest.ts";
import { makeFolder } from "../bytes/disk/folder.ts";
import { loadSqlite } from "../bytes/disk/sqlite.ts";
import type { ProvedFiles } from "../image/disk/proved-files.ts";
import type { KnownBases, KnownBlob, KnownBlobs, KnownLayers } from "./known.ts";
import { isCurrent, SCHEMA, sealOf, type Table } from "./schema.ts";

/** Rows of a table beyond this are dropped, those unused for longest first. A row is 200 bytes. */
const MAX_ROWS = 50_000;

/** The name of the database in the cache's folder. */
export const CACHE_DATABASE = "cache.sqlite";

/**
 * Returns the folder of the cache: `$NIXOCI_CACHE_DIR`, else `nixoci` below the user's cache directory.
 * @example
 * ```ts
 * import { cacheFolderOf } from "nixoci";
 * console.log(cacheFolderOf({ XDG_CACHE_HOME: "/tmp/me" })); // /tmp/me/nixoci
 * ```
 */
export function cacheFolderOf(env: NodeJS.ProcessEnv = process.env): string {
  if (env.NIXOCI_CACHE_DIR) return env.NIXOCI_CACHE_DIR;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "nixoci");
}

/** The memories of the cache, for `copy`, builds and transports. */
export interface Cache {
  readonly known: KnownBlobs;
  readonly proved: ProvedFiles;
  readonly layers: KnownLayers;
  readonly bases: KnownBases;
}

/**
 * Makes the user's cache; its database is opened when it is first asked.
 * @example
 * ```ts
 * import { build, createCache } from "nixoci";
 * const { layers: known } = createCache();
 * const { image } = await build({ copyToRoot: "rootfs" }, { known });
 * console.log(image.layers.length); // 1
 * ```
 */
export function createCache(file: string = join(cacheFolderOf(), CACHE_DATABASE)): Cache {
  let opening: Promise<DatabaseSync | undefined> | undefined;
  const using = async <T>(work: (db: DatabaseSync) => T): Promise<T | undefined> => {
    const db = await (opening ??= openDatabase(file).catch(() => undefined));
    try {
      return db && work(db);
    } catch {
      return undefined; // locked, full, corrupt: work is done again instead of remembered
    }
  };
  return {
    known: createKnownBlobs(using),
    proved: createProvedFiles(using),
    layers: createKnownLayers(using),
    bases: createKnownBases(using),
  };
}

type Using = <T>(work: (db: DatabaseSync) => T) => Promise<T | undefined>;

async function openDatabase(file: string): Promise<DatabaseSync> {
  const { DatabaseSync } = loadSqlite();
  const home = homedir();
  if (file.startsWith(join(home, "/"))) await stat(home); // not ours to make: a build in Nix has none
  await makeFolder(dirname(file), 0o700);
  const db = new DatabaseSync(file);
  db.exec("PRAGMA busy_timeout = 200; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  if (!isCurrent(db)) {
    runAtOnce(db, () => {
      if (!isCurrent(db)) db.exec(SCHEMA); // another process may have been faster
    });
  }
  return db;
}

function createKnownBlobs(using: Using): KnownBlobs {
  return {
    get: (diffId, recipe) =>
      using((db) => {
        const row = db.prepare(
          "UPDATE blobs SET used = unixepoch() WHERE diff_id = ? AND recipe = ? RETURNING digest, size, seal",
        ).get(diffId, recipe);
        return isKnown(row, "blobs", diffId, recipe)
          ? { digest: row.digest, size: row.size }
          : undefined;
      }),
    set: (diffId, recipe, blob) =>
      using((db) => {
        if (blob === undefined) {
          db.prepare("DELETE FROM blobs WHERE diff_id = ? AND recipe = ?").run(diffId, recipe);
          return;
        }
        const { digest, size } = blob;
        db.prepare("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?, ?, unixepoch())")
          .run(diffId, recipe, digest, size, sealOf("blobs", diffId, recipe, digest, size));
        limitTable(db, "blobs");
      }),
  };
}

function createProvedFiles(using: Using): ProvedFiles {
  return {
    digestOf: (stamp) =>
      using((db) => {
        const row = db.prepare("SELECT digest, seal FROM proved WHERE stamp = ?").get(stamp);
        const { digest, seal } = row ?? {};
        return isDigest(digest) && seal === sealOf("proved", stamp, digest) ? digest : undefined;
      }),
    add: (files) =>
      using((db) => {
        const insert = db.prepare("INSERT OR REPLACE INTO proved VALUES (?, ?, ?, unixepoch())");
        runAtOnce(db, () => {
          for (const [stamp, digest] of files) {
            insert.run(stamp, digest, sealOf("proved", stamp, digest));
          }
          limitTable(db, "proved");
        });
      }),
  };
}

function createKnownLayers(using: Using): KnownLayers {
  return {
    get: (keys) =>
      using((db) => {
        const row = db.prepare("SELECT digest, size, seal, used FROM layers WHERE key = ?");
        const rows = keys.map((key) => row.get(key));
        const dayAgo = Date.now() / 1000 - 86_400;
        touchLayers(db, keys.filter((_key, i) => Number(rows[i]?.used ?? dayAgo) < dayAgo));
        return rows.map((row, i) =>
          isKnown(row, "layers", keys[i]!) ? { digest: row.digest, size: row.size } : undefined
        );
      }),
    set: (layers) =>
      using((db) => {
        const insert = db.prepare("INSERT OR REPLACE INTO layers VALUES (?, ?, ?, ?, unixepoch())");
        runAtOnce(db, () => {
          for (const [key, { digest, size }] of layers) {
            insert.run(key, digest, size, sealOf("layers", key, digest, size));
          }
          limitTable(db, "layers");
        });
      }),
    forget: (key) => using((db) => void db.prepare("DELETE FROM layers WHERE key = ?").run(key)),
  };
}

/** Lists of store paths are long, and base images few. */
const MAX_BASES = 200;

function createKnownBases(using: Using): KnownBases {
  return {
    get: (key) =>
      using((db) => {
        const found = "UPDATE bases SET used = unixepoch() WHERE key = ? RETURNING paths, seal";
        const { paths, seal } = db.prepare(found).get(key) ?? {};
        if (typeof paths !== "string" || seal !== sealOf("bases", key, paths)) return undefined;
        return JSON.parse(paths) as string[];
      }),
    set: (key, paths) =>
      using((db) => {
        const text = JSON.stringify(paths);
        db.prepare("INSERT OR REPLACE INTO bases VALUES (?, ?, ?, unixepoch())")
          .run(key, text, sealOf("bases", key, text));
        limitTable(db, "bases", MAX_BASES);
      }),
  };
}

/** Notes that layers are in use still; once a day, for writing costs more than reading. */
function touchLayers(db: DatabaseSync, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const update = db.prepare("UPDATE layers SET used = unixepoch() WHERE key = ?");
  runAtOnce(db, () => keys.forEach((key) => update.run(key)));
}

/** Runs all of it or nothing, in one transaction: much faster than one for each row. */
function runAtOnce(db: DatabaseSync, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK"); // other processes wait for the lock
    throw error;
  }
}

/** Drops a tenth of a full table: rows are sorted for that, which takes longer than all else. */
function limitTable(db: DatabaseSync, table: Table, rows = MAX_ROWS): void {
  const { count } = db.prepare(`SELECT count(*) AS count FROM ${table}`).get()!;
  if (Number(count) <= rows) return;
  db.prepare(
    `DELETE FROM ${table} WHERE rowid IN ` +
      `(SELECT rowid FROM ${table} ORDER BY used DESC, rowid DESC LIMIT -1 OFFSET ?)`,
  ).run(rows * 0.9);
}

function isKnown(
  row: unknown,
  table: Table,
  ...key: readonly string[]
): row is { digest: Digest; size: number } {
  const { digest, size, seal } = (row ?? {}) as Partial<KnownBlob & { seal: string }>;
  return isDigest(digest) && Number.isSafeInteger(size) &&
    seal === sealOf(table, ...key, digest, size!);
}
