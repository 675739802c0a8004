/**
 * RPM's database in an image. The headers in test/golden/rpm are what rpm 4.18.0 wrote into its
 * database for two packages of ours; the table is the one that it makes.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadSqlite } from "../../src/bytes/disk/sqlite.ts";
import { readInventory } from "../../src/sbom/inventory.ts";
import { parseRpmHeader } from "../../src/sbom/rpm-header.ts";
import { type Member, stack } from "../flatten/support/stack.ts";
import { temporaryFolder } from "../support/folder.ts";

const golden = (name: string) => readFile(new URL(`../golden/rpm/${name}.header`, import.meta.url));

const TABLE = "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)";
const PLACE = "usr/lib/sysimage/rpm/rpmdb.sqlite";

/** The files of a database with these headers, as they are while it is open. */
async function databaseOf(schema: string, ...headers: Uint8Array[]): Promise<Member[]> {
  const file = join(await temporaryFolder(), "rpmdb.sqlite");
  const db = new (loadSqlite().DatabaseSync)(file);
  try {
    db.exec("PRAGMA journal_mode = WAL");
    db.exec(schema);
    const insert = headers.length > 0 && db.prepare("INSERT INTO Packages (blob) VALUES (?)");
    for (const header of headers) if (insert) insert.run(header);
    return [
      { path: PLACE, text: await readFile(file) },
      { path: `${PLACE}-wal`, text: await readFile(`${file}-wal`) },
    ];
  } finally {
    db.close();
  }
}

async function inventoryOf(members: readonly Member[]) {
  return await readInventory(await stack([["etc/os-release: ID=fedora", ...members]]));
}

describe("packages of RPM", () => {
  it("are read from the database, what is in its log, too", async () => {
    const members = await databaseOf(TABLE, await golden("lib"), await golden("app"));
    const { packages, roots } = await inventoryOf(members);
    expect(packages).toEqual([
      {
        id: "rpm:example-app:x86_64@0.9-1",
        from: "rpm",
        name: "example-app",
        version: "0.9-1",
        architecture: "x86_64",
        purl: "pkg:rpm/fedora/example-app@0.9-1?arch=x86_64",
        meta: { licences: ["GPL-2.0-or-later AND MIT"] },
        needs: ["rpm:example-lib:noarch@2:1.4-3"],
      },
      {
        id: "rpm:example-lib:noarch@2:1.4-3",
        from: "rpm",
        name: "example-lib",
        version: "2:1.4-3",
        architecture: "noarch",
        purl: "pkg:rpm/fedora/example-lib@1.4-3?arch=noarch&epoch=2",
        meta: { licences: ["MIT"] },
        needs: [],
      },
    ]);
    expect(roots).toHaveLength(2);
  });

  it("that cannot be read are said to be unknown", async () => {
    const view = "CREATE VIEW Packages AS WITH RECURSIVE n(blob) AS " +
      "(SELECT 1 UNION ALL SELECT blob + 1 FROM n) SELECT blob FROM n";
    for (
      const members of [
        [{ path: PLACE, text: "no database at all" }],
        await databaseOf(view),
        await databaseOf(TABLE, (await golden("app")).subarray(0, 700)),
      ]
    ) {
      const { packages, unknown } = await inventoryOf(members);
      expect(packages).toEqual([]);
      expect(unknown.join(" ")).toContain(`/${PLACE} is not a database of RPM that can be read.`);
    }
  });

  it("of the old kind are said to be unknown", async () => {
    const { unknown } = await inventoryOf([{ path: "var/lib/rpm/Packages", text: "x" }]);
    expect(unknown.join(" ")).toContain(
      "/var/lib/rpm/Packages is a database of RPM of the old kind",
    );
  });

  it("are no keys", async () => {
    const key = (await golden("app")).toString("latin1").replace("example-app\0", "gpg-pubkey\0\0");
    expect(parseRpmHeader(Buffer.from(key, "latin1"))).toBeUndefined();
  });

  it("with a header of any bytes end at once", async () => {
    const header = await golden("lib");
    for (let at = 0; at < header.length; at++) {
      const changed = Buffer.from(header);
      changed[at] = changed[at]! ^ 0xff;
      try {
        parseRpmHeader(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });
});
