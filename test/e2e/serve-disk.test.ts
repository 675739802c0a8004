/** A disk that fills while clients push to `nixoci serve`, or pull through it: named, nothing half there. */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startServe } from "../cli/verbs/serve/start.ts";
import { temporaryFolder } from "../support/folder.ts";
import { attempt, nixociCommand, run } from "./support/command.ts";
import { inspectLayout, writeBulk } from "./support/layout.ts";
import { lacks, peers } from "./support/peers.ts";

/** A file system of its own that is soon full. */
async function smallDisk(option: string): Promise<string> {
  const disk = join(await temporaryFolder(), "disk");
  await mkdir(disk);
  await run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", disk]);
  onTestFinished(async () => void await run(["umount", "--lazy", disk]));
  return disk;
}

/** A small image, and one that is larger than the disk. */
async function images() {
  const folder = await temporaryFolder();
  const [small, large] = [join(folder, "small"), join(folder, "large")];
  await writeBulk(small, 2, 10_000);
  await writeBulk(large, 6, 1 << 20);
  return { small: `oci-dir:${small}:bulk`, large: `oci-dir:${large}:bulk` };
}

/** The files in a folder of blobs that are no blobs. */
async function straysIn(layout: string): Promise<string[]> {
  const names = await readdir(join(layout, "blobs/sha256"));
  return names.filter((name) => !/^[0-9a-f]{64}$/.test(name));
}

describe.skipIf(lacks("root"))("a full disk", () => {
  test.each(["size=2m", "nr_inodes=14"])("(%s) below a registry", async (option) => {
    const disk = await smallDisk(option);
    const { small, large } = await images();
    const server = await startServe(["--write", "--layouts", join(disk, "images")]);
    const push = (from: string, to: string) =>
      attempt(nixociCommand("copy", "--quiet", from, `registry:${server.host}/${to}`), peers);
    expect(await push(small, "app:before")).toMatchObject({ status: 0 });
    const { status, stderr } = await push(large, "app:after");
    expect(status).toBe(1);
    expect(stderr).toContain("the file system said no; its log says more");
    expect(server.log()).toContain("no space left on device");
    const layout = join(disk, "images/app");
    expect(await straysIn(layout)).toEqual([]);
    const { tags, faults } = await inspectLayout(layout);
    expect({ tags, faults }).toEqual({ tags: ["before"], faults: [] });
    // It goes on: what is there is served, and with room again it takes the image.
    await run(
      nixociCommand(
        "copy",
        "--quiet",
        `registry:${server.host}/app:before`,
        "oci-dir:" +
          join(await temporaryFolder(), "out"),
      ),
      peers,
    ); // deno-fmt-ignore
    await run(["mount", "-o", "remount,size=100m,nr_inodes=1000", disk]);
    expect(await push(large, "app:after")).toMatchObject({ status: 0 });
  });

  test("below a cache is passed by", async () => {
    const disk = await smallDisk("size=2m");
    const { large } = await images();
    const words = ["--write", "--layouts", join(await temporaryFolder(), "images")];
    const upstream = await startServe(words);
    await run(nixociCommand("copy", "-q", large, `registry:${upstream.host}/app:v1`), peers);
    const cache = await startServe(["--cache", join(disk, "c"), `registry:${upstream.host}/`]);
    const digestOf = async (place: string) =>
      (await run(nixociCommand("digest", place), peers)).trim();
    const out = `oci-dir:${join(await temporaryFolder(), "out")}:v1`;
    await run(nixociCommand("copy", "-q", `registry:${cache.host}/app:v1`, out), peers);
    expect(await digestOf(out)).toBe(await digestOf(large));
    expect(cache.log()).toMatch(/sha256:[0-9a-f]{64} is not kept: .*no space left on device/);
  });
});
