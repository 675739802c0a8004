/** Reads the database of RPM that is in an image: SQLite's, which all have had since 2020. */
import { mkdir, open, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { useResources } from "../base/dispose.ts";
import { wrapError } from "../base/errors.ts";
import { makeTemporaryName } from "../bytes/disk/owner.ts";
import { loadSqlite } from "../bytes/disk/sqlite.ts";
import { sweepFolder } from "../bytes/disk/sweep.ts";
import type { ByteStream } from "../bytes/stream.ts";
import type { ImagePackage } from "./types.ts";
import { parseRpmHeader, type RpmPackage } from "./rpm-header.ts";

/** The most packages of a database, and the bytes of a header, that are read. */
const [MOST, LARGEST] = [200_000, 64 * 1024 * 1024];

/** A folder of files that SQLite can open, by their numbers in an image. */
export interface RpmFiles extends AsyncDisposable {
  put(file: number, data: ByteStream): Promise<void>;
  /**
   * Lists the packages of a database.
   * @param wal the number of the file `-wal` beside it, whose content counts, too.
   * @throws Error when it is not a database of RPM.
   */
  list(file: number, wal: number | undefined, system?: string): Promise<ImagePackage[]>;
}

/** Creates the folder when the first file comes. */
export function createRpmFiles(): RpmFiles {
  const folder = join(tmpdir(), makeTemporaryName());
  const nameOf = (file: number) => join(folder, `${file}.sqlite`);
  return {
    async put(file, data) {
      try {
        await sweepFolder(tmpdir(), { locks: false }).catch(() => {});
        await mkdir(folder, { mode: 0o700, recursive: true });
        await useResources(async (hold) => {
          const handle = hold(await open(nameOf(file), "wx", 0o600));
          for await (const chunk of data) await handle.write(chunk);
        });
      } catch (error) {
        throw wrapError(error, `Cannot keep the database of RPM in ${folder}`);
      }
    },
    async list(file, wal, system) {
      if (wal !== undefined) await rename(nameOf(wal), `${nameOf(file)}-wal`);
      const db = new (loadSqlite().DatabaseSync)(nameOf(file));
      try {
        return resolveNeeds(readPackages(db, system));
      } finally {
        db.close();
      }
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function readPackages(db: DatabaseSync, system: string | undefined): RpmPackage[] {
  // It is as the maker of the image left it: nothing of it may run, as a view would.
  db.exec("PRAGMA trusted_schema = OFF");
  const kind = db.prepare("SELECT type FROM sqlite_master WHERE name = 'Packages'").get();
  if (kind?.["type"] !== "table") throw new Error("it has no table of packages");
  const rows = db.prepare("SELECT blob FROM Packages WHERE length(blob) <= ? LIMIT ?");
  const packages: RpmPackage[] = [];
  for (const { blob } of rows.iterate(LARGEST, MOST)) {
    if (!(blob instanceof Uint8Array)) continue;
    const found = parseRpmHeader(blob, system);
    if (found !== undefined) packages.push(found);
  }
  return packages;
}

/** Turns what packages ask for into the packages that have it; files that they ask for are left out. */
function resolveNeeds(packages: readonly RpmPackage[]): ImagePackage[] {
  const holders = new Map(packages.flatMap(({ id, provides }) => provides.map((one) => [one, id])));
  return packages.map(({ requires, provides: _, ...rest }) => ({
    ...rest,
    needs: [...new Set(requires.flatMap((one) => holders.get(one) ?? []))]
      .filter((id) => id !== rest.id).sort(),
  }));
}
