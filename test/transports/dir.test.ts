/** A folder as skopeo writes it. */
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import type { Image } from "../../src/image/root.ts";
import { transport as placed } from "../../transports/dir/mod.ts";
import { atLocation } from "../support/at-location.ts";
import { folderToDispose, temporaryFolder } from "../support/folder.ts";
import { image, index, sourceOf } from "../support/images.ts";
import { lacks } from "../support/tools.ts";
import { conformance } from "./conformance.ts";
import { spawned } from "../cli/run.ts";

const transport = atLocation(placed);

conformance(placed, async () => {
  const { path, dispose } = await folderToDispose();
  return { location: (name = "none") => join(path, name), dispose };
}, {
  manifests: true,
  indexes: true,
  artifacts: true,
  adds: false,
  nameless: true,
  names: ["one", "two"],
});

describe("dir:", () => {
  it("has the files that skopeo has, and leaves nothing else", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "a");
    const [one, two] = [await image(), await image()];
    for (const root of [one, index([one, two])]) {
      await using to = await transport.sink(path);
      await copy(sourceOf({ root }), to);
    }
    const hex = ({ descriptor }: Image["config"]) => descriptor.digest.slice("sha256:".length);
    const blobs = [one, two].flatMap(({ config, layers }) => [config, ...layers].map(hex));
    const children = [one, two].map(({ manifest }) => `${hex(manifest)}.manifest.json`);
    expect(await readdir(path))
      .toEqual([...blobs, ...children, "manifest.json", "version"].sort());
    expect(await readFile(join(path, "version"), "utf8"))
      .toBe("Directory Transport Version: 1.1\n");
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    expect(await readdir(folder)).toEqual(["a"]);
  });

  it("refuses folders that are not skopeo's, and versions that are too new", async () => {
    const path = join(await temporaryFolder(), "a");
    await mkdir(path);
    await writeFile(join(path, "notes"), "mine");
    await using to = await transport.sink(path);
    await expect(copy(sourceOf({ one: await image() }), to)).rejects
      .toMatchObject({ code: "EXISTS" });
    expect(await readdir(path)).toEqual(["notes"]);
    await writeFile(join(path, "version"), "Directory Transport Version: 2.0\n");
    await expect(transport.source(path)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  it.skipIf(lacks("skopeo"))("goes to skopeo and back", async () => {
    const folder = await temporaryFolder();
    const paths = ["ours", "theirs", "layout"].map((name) => join(folder, name));
    const all = index([await image(), await image()]);
    await using to = await transport.sink(paths[0]!);
    await copy(sourceOf({ all }), to);
    const copyAll = ["copy", "--all", "--insecure-policy", "--quiet"];
    const steps = [[`dir:${paths[0]}`, `oci:${paths[2]}:a`], [
      `oci:${paths[2]}:a`,
      `dir:${paths[1]}`,
    ]];
    for (const [from, into] of steps) {
      const { status, stderr } = await spawned("skopeo", [...copyAll, from!, into!]);
      expect([status, stderr]).toEqual([0, ""]);
    }
    await using from = await transport.source(paths[1]!);
    const { manifest } = await from.resolve();
    expect(manifest.descriptor.digest).toBe(all.manifest.descriptor.digest);
  });
});
