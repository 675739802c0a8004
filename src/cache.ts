/**
 * What was found out before, so that it need not be found out again: which compressed blob a layer
 * becomes, and which files have been proved to be what they are named. The cache only ever saves
 * work; whatever is made from it is verified, and one that cannot be read or written is as good as
 * none.
 */
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type Digest, isDigest } from "./bytes/digest.ts";
import { makeFolder } from "./bytes/folder.ts";
import { sqlite } from "./bytes/sqlite.ts";
import type { ProvedFiles } from "./image/root.ts";
import type { KnownBlob, KnownBlobs } from "./steps/compress.ts";

/** Rows of a table beyond this are dropped, those unused for longest first. A row is 200 bytes. */
const MAX_ROWS = 50_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS blobs (diff_id TEXT, recipe TEXT, digest TEXT, size INTEGER,
    used INTEGER, PRIMARY KEY (diff_id, recipe));
  CREATE TABLE IF NOT EXISTS proved (stamp TEXT PRIMARY KEY, digest TEXT, used INTEGER);
`;

/** Where the cache lies: `$NIXOCI_CACHE_DIR`, else `nixoci` below the user's cache directory. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.NIXOCI_CACHE_DIR) return env.NIXOCI_CACHE_DIR;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "nixoci");
}

/** What the cache remembers, for `copy` and for transports. */
export interface Cache {
  readonly known: KnownBlobs;
  readonly proved: ProvedFiles;
}

/** The user's cache; opened when it is first asked. */
export function cache(file: string = join(cacheFolder(), "cache.sqlite")): Cache {
  let opening: Promise<DatabaseSync | undefined> | undefined;
  const using = async <T>(work: (db: DatabaseSync) => T): Promise<T | undefined> => {
    const db = await (opening ??= open(file).catch(() => undefined));
    try {
      return db && work(db);
    } catch {
      return undefined; // locked, full, corrupt: work is done again instead of remembered
    }
  };
  return { known: knownBlobs(using), proved: provedFiles(using) };
}

type Using = <T>(work: (db: DatabaseSync) => T) => Promise<T | undefined>;

async function open(file: string): Promise<DatabaseSync> {
  const { DatabaseSync } = sqlite();
  await makeFolder(dirname(file), 0o700);
  const db = new DatabaseSync(file);
  db.exec("PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  db.exec(SCHEMA);
  return db;
}

function knownBlobs(using: Using): KnownBlobs {
  return {
    get: (diffId, recipe) =>
      using((db) => {
        const row = db.prepare(
          "UPDATE blobs SET used = unixepoch() WHERE diff_id = ? AND recipe = ? RETURNING digest, size",
        ).get(diffId, recipe);
        return isKnown(row) ? { digest: row.digest, size: row.size } : undefined;
      }),
    set: (diffId, recipe, blob) =>
      using((db) => {
        if (blob === undefined) {
          db.prepare("DELETE FROM blobs WHERE diff_id = ? AND recipe = ?").run(diffId, recipe);
          return;
        }
        const { digest, size } = blob;
        db.prepare("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?, unixepoch())")
          .run(diffId, recipe, digest, size);
        bound(db, "blobs");
      }),
  };
}

function provedFiles(using: Using): ProvedFiles {
  return {
    digestOf: (stamp) =>
      using((db) => {
        const digest = db.prepare("SELECT digest FROM proved WHERE stamp = ?").get(stamp)?.digest;
        return isDigest(digest) ? digest : undefined;
      }),
    add: (files) =>
      using((db) => {
        db.exec("BEGIN IMMEDIATE");
        const insert = db.prepare("INSERT OR REPLACE INTO proved VALUES (?, ?, unixepoch())");
        for (const [stamp, digest] of files) insert.run(stamp, digest);
        bound(db, "proved");
        db.exec("COMMIT");
      }),
  };
}

function bound(db: DatabaseSync, table: "blobs" | "proved"): void {
  db.prepare(
    `DELETE FROM ${table} WHERE rowid IN ` +
      `(SELECT rowid FROM ${table} ORDER BY used DESC LIMIT -1 OFFSET ?)`,
  ).run(MAX_ROWS);
}

function isKnown(row: unknown): row is { digest: Digest; size: number } {
  const { digest, size } = (row ?? {}) as Partial<KnownBlob>;
  return isDigest(digest) && Number.isSafeInteger(size);
}
