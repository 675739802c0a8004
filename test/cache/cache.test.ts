import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { cacheFolderOf, createCache } from "../../src/cache/cache.ts";
import { temporaryFolder } from "../support/folder.ts";

const a = digestOf(Buffer.from("a"));
const b = digestOf(Buffer.from("b"));

describe("cache", () => {
  it("remembers blobs by diffID and recipe, across processes and at a time", async () => {
    const file = join(await temporaryFolder(), "deep/cache.sqlite");
    const [one, two] = [createCache(file).known, createCache(file).known];
    expect(await one.get(a, "gzip")).toBeUndefined();
    await Promise.all([
      one.set(a, "gzip", { digest: b, size: 3 }),
      two.set(a, "zstd", { digest: a, size: 4 }),
    ]);
    expect(await two.get(a, "gzip")).toEqual({ digest: b, size: 3 });
    expect(await one.get(a, "zstd")).toEqual({ digest: a, size: 4 });
    expect(await one.get(b, "gzip")).toBeUndefined();
    await one.set(a, "gzip", { digest: a, size: 9 });
    expect(await two.get(a, "gzip")).toEqual({ digest: a, size: 9 });
  });

  it("remembers proved files by their stamps", async () => {
    const file = join(await temporaryFolder(), "cache.sqlite");
    const { proved } = createCache(file);
    await proved.add([["s1", a], ["s2", b]]);
    await createCache(file).proved.add([["s2", a]]);
    expect(await proved.digestOf("s1")).toBe(a);
    expect(await proved.digestOf("s2")).toBe(a);
    expect(await proved.digestOf("s3")).toBeUndefined();
  });

  it("drops what was unused for longest when a table is full", async () => {
    const file = join(await temporaryFolder(), "cache.sqlite");
    const { proved } = createCache(file);
    await proved.add(Array.from({ length: 50_000 }, (_, i) => [`s${i}`, a]));
    expect(await proved.digestOf("s7")).toBe(a);
    const db = new DatabaseSync(file);
    db.exec("UPDATE proved SET used = 1 WHERE stamp = 's7'");
    await proved.add([["one more", b]]);
    expect(await proved.digestOf("s7")).toBeUndefined();
    expect(await proved.digestOf("one more")).toBe(b);
    expect(db.prepare("SELECT count(*) AS count FROM proved").get()?.count).toBe(45_000);
    db.close();
  });

  it("remembers layers by their recipes' keys, and forgets them", async () => {
    const file = join(await temporaryFolder(), "cache.sqlite");
    const { layers } = createCache(file);
    expect(await layers.get(["k1"])).toEqual([undefined]);
    await layers.set([["k1", { digest: a, size: 1024 }], ["k2", { digest: b, size: 2048 }]]);
    const other = createCache(file).layers;
    expect(await other.get(["k2", "k3", "k1"])).toEqual([
      { digest: b, size: 2048 },
      undefined,
      { digest: a, size: 1024 },
    ]);
    await other.forget("k1");
    expect(await layers.get(["k1", "k2"])).toEqual([undefined, { digest: b, size: 2048 }]);
  });

  it("knows no row of which anything was changed", async () => {
    const file = join(await temporaryFolder(), "cache.sqlite");
    const ask = async () => {
      const { known, proved, layers, bases } = createCache(file);
      const [one, two] = await layers.get(["k1", "k2"]) ?? [];
      return {
        blobs: [await known.get(a, "gzip"), await known.get(b, "gzip")],
        proved: [await proved.digestOf("s1"), await proved.digestOf("s2")],
        layers: [one, two],
        bases: [await bases.get("b1"), await bases.get("b2")],
      };
    };
    const fill = async () => {
      const { known, proved, layers, bases } = createCache(file);
      await known.set(a, "gzip", { digest: b, size: 3 });
      await known.set(b, "gzip", { digest: a, size: 4 });
      await proved.add([["s1", a], ["s2", b]]);
      await layers.set([["k1", { digest: a, size: 1 }], ["k2", { digest: b, size: 2 }]]);
      await bases.set("b1", ["/nix/store/x"]);
      await bases.set("b2", []);
    };
    await fill();
    const right = await ask();
    const db = new DatabaseSync(file);
    const run = (sql: string, ...values: (string | number)[]) => db.prepare(sql).run(...values);
    for (const table of ["blobs", "proved", "layers", "bases"] as const) {
      const columns = db.prepare(`SELECT name FROM pragma_table_info(?)`).all(table)
        .map(({ name }) => String(name)).filter((name) => name !== "used");
      for (const column of columns) {
        const [first, second] = db.prepare(`SELECT ${column} AS v FROM ${table} ORDER BY rowid`)
          .all().map(({ v }) => v as string | number);
        // The other row's value, nothing, a value of another type, one that is a little different.
        for (const value of [second!, "", 0, typeof first === "number" ? first + 1 : `${first} `]) {
          if (value === first) continue;
          run(`UPDATE OR REPLACE ${table} SET ${column} = ? WHERE ${column} = ?`, value, first!);
          const found = (await ask())[table];
          const isRightOrNone = found.every((one, i) =>
            one === undefined || JSON.stringify(one) === JSON.stringify(right[table][i])
          );
          expect([table, column, value, isRightOrNone]).toEqual([table, column, value, true]);
          expect(found).toContain(undefined);
          run(`DELETE FROM ${table}`);
          await fill();
        }
      }
    }
    expect(await ask()).toEqual(right);
    db.close();
  });

  it("begins anew where an older version has left its tables", async () => {
    const file = join(await temporaryFolder(), "cache.sqlite");
    const db = new DatabaseSync(file);
    db.exec("CREATE TABLE layers (key TEXT PRIMARY KEY, digest TEXT, size INTEGER, used INTEGER)");
    db.prepare("INSERT INTO layers VALUES ('k', ?, 1, 1)").run(a);
    db.close();
    const { layers } = createCache(file);
    expect(await layers.get(["k"])).toEqual([undefined]);
    await layers.set([["k", { digest: b, size: 2 }]]);
    expect(await createCache(file).layers.get(["k"])).toEqual([{ digest: b, size: 2 }]);
  });

  it("is as good as none where it cannot be read or written", async () => {
    const folder = await temporaryFolder();
    const corrupt = join(folder, "corrupt.sqlite");
    await writeFile(
      corrupt,
      "this is not a database, though it is long enough to look like one".repeat(99),
    );
    for (const file of [corrupt, "/proc/nixoci/cache.sqlite", join(corrupt, "x")]) {
      const { known, proved, layers } = createCache(file);
      await known.set(a, "gzip", { digest: b, size: 3 });
      expect(await known.get(a, "gzip")).toBeUndefined();
      await proved.add([["s", a]]);
      expect(await proved.digestOf("s")).toBeUndefined();
      await layers.set([["k", { digest: a, size: 1 }]]);
      expect(await layers.get(["k"])).toBeUndefined();
    }
  });

  it("lies where the user's caches lie", () => {
    expect(cacheFolderOf({ NIXOCI_CACHE_DIR: "/x" })).toBe("/x");
    expect(cacheFolderOf({ XDG_CACHE_HOME: "/c" })).toBe("/c/nixoci");
    expect(cacheFolderOf({})).toMatch(/\.cache\/nixoci$/);
  });
});
