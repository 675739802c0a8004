import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../../../src/bytes/disk/folder.ts";
import { temporaryFolder } from "../../support/folder.ts";

describe("makeFolder", () => {
  it("makes what is missing, twice and many at a time", async () => {
    const path = join(await temporaryFolder(), "a/b/c/d");
    await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(path, "e"))]);
    await makeFolder(path);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it("fails at once where nothing can be made", async () => {
    const file = join(await temporaryFolder(), "file");
    await writeFile(file, "");
    await expect(makeFolder(join(file, "x"))).rejects.toMatchObject({ code: "ENOTDIR" });
    await expect(makeFolder(file)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeFolder("/proc/nixoci/x")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
