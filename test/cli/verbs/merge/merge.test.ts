/** `nixoci merge`, on archives as dockerTools has them: with other compressors, and without tags. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copy } from "../../../../src/copy/copy.ts";
import { openSink, openSource } from "../../../../transports/mod.ts";
import { image, sourceOf } from "../../../support/images.ts";
import { type Outcome, outcomes } from "../../run.ts";

let folder: string;
const seen = new Map<string, Outcome>();

const LINES: Readonly<Record<string, string>> = {
  merged:
    "merge -q docker-archive:IN/a.tar docker-archive:IN/b.tar.gz docker-archive:IN/c.tar.zst " +
    "docker-archive:OUT/all.tar",
  again:
    "merge -q docker-archive:IN/a.tar docker-archive:IN/b.tar.gz docker-archive:IN/c.tar.zst " +
    "docker-archive:OUT/again.tar",
  later: "merge docker-archive:IN/a.tar docker-archive:IN/other-a.tar docker-archive:OUT/later.tar",
  layout: "merge -q docker-archive:IN/a.tar oci-dir:IN/layout:d oci-dir:OUT/layout",
  named: "merge -q docker-archive:IN/a.tar docker-archive:IN/b.tar.gz docker-archive:OUT/x.tar:x:1",
  pipes: "merge -q docker-archive:- docker-archive:- docker-archive:OUT/p.tar",
  one: "merge docker-archive:IN/a.tar",
  missing: "merge -q docker-archive:IN/a.tar docker-archive:IN/none.tar docker-archive:OUT/m.tar",
};

async function write(
  reference: string,
  layer: Readonly<Record<string, string>>,
  name?: string,
): Promise<void> {
  const to = await openSink(reference);
  const root = await image({ layers: [layer] });
  await copy(sourceOf({ it: root }), to, { references: name === undefined ? [] : [name] });
  await to[Symbol.asyncDispose]();
}

const listed = async (archive: string) => {
  const source = await openSource(archive);
  const images = await source.list!();
  await source[Symbol.asyncDispose]();
  return images.map(({ name, select }) => name ?? select);
};

const of = (name: string) => seen.get(name)!;

describe("nixoci merge", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixoci-merge-"));
    await write(`docker-archive:${folder}/a.tar`, { a: "a" }, "a:1");
    await write(`docker-archive:${folder}/other-a.tar`, { a: "other" }, "a:1");
    await write(`docker-archive:${folder}/b.tar`, { a: "a" }, "b:1");
    await write(`docker-archive:${folder}/c.tar`, { c: "c" });
    await write(`oci-dir:${folder}/layout:d`, { d: "d" });
    await writeFile(join(folder, "b.tar.gz"), gzipSync(await readFile(join(folder, "b.tar"))));
    await writeFile(join(folder, "c.tar.zst"), zstdCompressSync(await readFile(`${folder}/c.tar`)));
    const lines = Object.values(LINES).map((line) =>
      line.replaceAll(/\b(?:IN|OUT)\b/g, folder).split(" ")
    );
    const results = await outcomes(lines);
    Object.keys(LINES).forEach((name, i) => seen.set(name, results[i]!));
  });

  afterAll(() => rm(folder, { recursive: true }));

  it("makes one archive of several, whatever packs them, with the same bytes again; images once", async () => {
    expect([of("merged").stderr, of("merged").status]).toEqual(["", 0]);
    expect(of("merged").stdout.trim().split("\n").length).toBe(3);
    expect(await listed(`docker-archive:${folder}/all.tar`)).toEqual(["a:1", "b:1", "@1"]);
    expect((await readFile(`${folder}/all.tar`)).equals(await readFile(`${folder}/again.tar`)))
      .toBe(true);
  });

  it("leaves a name to the later image", async () => {
    expect(of("later").stderr).toContain("has lost that name");
    expect(await listed(`docker-archive:${folder}/later.tar`)).toEqual(["@0", "a:1"]);
  });

  it("takes images of all places to all places, by the names that they are asked for", async () => {
    expect([of("layout").stderr, of("layout").status]).toEqual(["", 0]);
    expect(await listed(`oci-dir:${folder}/layout`)).toEqual(["a:1", "d"]);
  });

  it("refuses one name for several, a single place, and what is not there", () => {
    expect(of("named")).toMatchObject({ status: 2 });
    expect(of("named").stderr).toContain("Cannot give 2 images one name");
    expect(of("one")).toMatchObject({ status: 2 });
    expect(of("one").stderr).toContain("PLACE…");
    expect(of("pipes").stderr).toContain("standard input can be one of the sources only");
    expect(of("missing").status).toBe(1);
    expect(of("missing").stderr).toContain("none.tar");
  });
});
