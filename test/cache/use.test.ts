/** What the cache holds, and how it is emptied. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { createCache } from "../../src/cache/cache.ts";
import { clearCache, readCacheUse } from "../../src/cache/use.ts";
import { temporaryFolder } from "../support/folder.ts";

const DIGEST = digestOf(Buffer.from("a layer"));

/** A cache with a row of two kinds, compiled code, and a file that is the user's. */
async function filled() {
  const folder = await temporaryFolder();
  const { known, layers } = createCache(join(folder, "cache.sqlite"));
  await known.set(DIGEST, "gzip", { digest: DIGEST, size: 7 });
  await layers.set([["a", { digest: DIGEST, size: 7 }], ["b", { digest: DIGEST, size: 7 }]]);
  await mkdir(join(folder, "compiled/v26"), { recursive: true });
  await writeFile(join(folder, "compiled/v26/code"), "x".repeat(1000));
  await writeFile(join(folder, "notes.txt"), "mine");
  return { folder, known, layers };
}

describe("the cache", () => {
  it("says what it holds", async () => {
    const { folder } = await filled();
    const { path, size, rows } = await readCacheUse(folder);
    expect(path).toBe(folder);
    expect(size).toBeGreaterThan(1000);
    expect(rows).toMatchObject({ blobs: 1, layers: 2, proved: 0 });
  });

  it("is emptied, also while a command uses it, and leaves the user's files alone", async () => {
    const { folder, known } = await filled();
    expect((await clearCache(folder)).rows).toMatchObject({ blobs: 1, layers: 2 });
    expect((await readCacheUse(folder)).rows).toMatchObject({ blobs: 0, layers: 0 });
    expect(await known.get(DIGEST, "gzip")).toBeUndefined();
    await known.set(DIGEST, "gzip", { digest: DIGEST, size: 7 });
    expect((await readCacheUse(folder)).rows).toMatchObject({ blobs: 1 });
    const left = (await readdir(folder)).filter((name) => !name.startsWith("cache.sqlite"));
    expect(left).toEqual(["notes.txt"]);
  });

  it("that is not there is empty", async () => {
    const folder = join(await temporaryFolder(), "none");
    expect(await readCacheUse(folder)).toEqual({ path: folder, size: 0, rows: {} });
    expect(await clearCache(folder)).toEqual({ path: folder, size: 0, rows: {} });
  });

  it("that is broken is said to be, and can be cleared", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "cache.sqlite"), "no database, but quite some text ".repeat(40));
    await expect(readCacheUse(folder)).rejects.toThrow(/^Cannot read the cache .*cache\.sqlite: /);
    await clearCache(folder);
    expect(await readdir(folder)).toEqual([]);
  });
});
