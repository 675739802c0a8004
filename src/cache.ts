/**
 * What was made before, so that it need not be made again to be named: which compressed blob a
 * layer becomes. The cache only ever saves work; whatever is made from it is verified, and a cache
 * that cannot be read or written is as good as none.
 */
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type Digest, isDigest } from "./bytes/digest.ts";
import { makeFolder } from "./bytes/folder.ts";
import type { KnownBlob, KnownBlobs } from "./steps/compress.ts";

/** Rows beyond this are dropped, those unused for longest first. A row is about 200 bytes. */
const MAX_ROWS = 50_000;

/** Where the cache lies: `$NIXOCI_CACHE_DIR`, else `nixoci` below the user's cache directory. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.NIXOCI_CACHE_DIR) return env.NIXOCI_CACHE_DIR;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "nixoci");
}

/** The blobs known to the user's cache; opened when it is first asked. */
export function knownBlobs(file: string = join(cacheFolder(), "blobs.sqlite")): KnownBlobs {
  let database: Promise<DatabaseSync | undefined> | undefined;
  const opened = () => database ??= open(file).catch(() => undefined);
  return {
    async get(diffId, recipe) {
      const db = await opened();
      return attempt(() => {
        const row = db?.prepare(
          "UPDATE blobs SET used = unixepoch() WHERE diff_id = ? AND recipe = ? RETURNING digest, size",
        ).get(diffId, recipe);
        return isKnown(row) ? { digest: row.digest, size: row.size } : undefined;
      });
    },
    async set(diffId, recipe, { digest, size }) {
      const db = await opened();
      attempt(() => {
        db?.prepare("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?, unixepoch())")
          .run(diffId, recipe, digest, size);
        db?.prepare(
          "DELETE FROM blobs WHERE rowid IN (SELECT rowid FROM blobs ORDER BY used DESC LIMIT -1 OFFSET ?)",
        ).run(MAX_ROWS);
      });
    },
  };
}

async function open(file: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import("node:sqlite");
  await makeFolder(dirname(file), 0o700);
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000");
  db.exec(
    "CREATE TABLE IF NOT EXISTS blobs (diff_id TEXT, recipe TEXT, digest TEXT, size INTEGER, " +
      "used INTEGER, PRIMARY KEY (diff_id, recipe))",
  );
  return db;
}

function isKnown(row: unknown): row is { digest: Digest; size: number } {
  const { digest, size } = (row ?? {}) as Partial<KnownBlob>;
  return isDigest(digest) && Number.isSafeInteger(size);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined; // locked, full, corrupt: work is done again instead of remembered
  }
}
