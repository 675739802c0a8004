import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf } from "../src/bytes/digest.ts";
import { cacheFolder, knownBlobs } from "../src/cache.ts";
import { temporaryFolder } from "./support/folder.ts";

const a = digestOf(Buffer.from("a"));
const b = digestOf(Buffer.from("b"));

describe("knownBlobs", () => {
  it("remembers by diffID and recipe, across processes and at a time", async () => {
    const file = join(await temporaryFolder(), "deep/blobs.sqlite");
    const [one, two] = [knownBlobs(file), knownBlobs(file)];
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

  it("is as good as none where it cannot be read or written", async () => {
    const folder = await temporaryFolder();
    const corrupt = join(folder, "corrupt.sqlite");
    await writeFile(
      corrupt,
      "this is no database, though it is long enough to look like one".repeat(99),
    );
    for (const file of [corrupt, "/proc/nixoci/blobs.sqlite", join(corrupt, "x")]) {
      const cache = knownBlobs(file);
      await cache.set(a, "gzip", { digest: b, size: 3 });
      expect(await cache.get(a, "gzip")).toBeUndefined();
    }
  });

  it("lies where the user's caches lie", () => {
    expect(cacheFolder({ NIXOCI_CACHE_DIR: "/x" })).toBe("/x");
    expect(cacheFolder({ XDG_CACHE_HOME: "/c" })).toBe("/c/nixoci");
    expect(cacheFolder({})).toMatch(/\.cache\/nixoci$/);
  });
});
