/** Layouts whose index.json is as large as any that is read. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import type { Image } from "../../src/image/root.ts";
import { transport as placed } from "../../transports/oci-dir/mod.ts";
import { atLocation } from "../support/at-location.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image, sourceOf } from "../support/images.ts";

const transport = atLocation(placed);

async function store(location: string, put: Image): Promise<void> {
  const to = await transport.sink(location);
  try {
    await copy(sourceOf({ it: put }), to);
  } finally {
    await to[Symbol.asyncDispose]();
  }
}

describe("oci-dir", () => {
  it("reads and writes an index of a hundred thousand names", async () => {
    const folder = await temporaryFolder();
    const root = await image();
    await store(`${folder}:first`, root);
    const file = join(folder, "index.json");
    const { manifests: [entry], ...index } = JSON.parse(await readFile(file, "utf8"));
    const manifests = Array.from({ length: 100_000 }, (_, i) => {
      const annotations = { "org.opencontainers.image.ref.name": `v${i}` };
      return { ...entry, annotations };
    });
    await writeFile(file, JSON.stringify({ ...index, manifests }));
    await store(`${folder}:another`, await image());
    await using source = await transport.source!(folder, {});
    expect((await source.list!()).length).toBe(100_001);
    for (const name of ["v0", "v99999", "another"]) {
      expect((await source.resolve(name)).kind).toBe("image");
    }
    const missing = await source.resolve("missing").catch((error) => error);
    expect(missing).toMatchObject({ code: "NOT_FOUND" });
    expect(missing.hint.length).toBeLessThan(500);
  });

  it("refuses to write an index that it would not read again", async () => {
    const folder = await temporaryFolder();
    await store(`${folder}:first`, await image());
    const file = join(folder, "index.json");
    const index = JSON.parse(await readFile(file, "utf8"));
    const annotations = { filler: "x".repeat(64 * 1024 * 1024 - 600) };
    await writeFile(file, JSON.stringify({ ...index, annotations }));
    const before = await readFile(file);
    await expect(store(`${folder}:${"n".repeat(200)}`, await image())).rejects
      .toMatchObject({ code: "LIMIT" });
    expect(before.equals(await readFile(file))).toBe(true);
  });
});
