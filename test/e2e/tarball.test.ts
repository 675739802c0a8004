/** `export -o`: interrupted, killed, on a full disk, or with nobody reading, it leaves nothing. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { openSink } from "../../transports/mod.ts";
import { sourceOf } from "../support/images.ts";
import { imageOfLayers } from "../unpack/support.ts";
import { attempt, nixociCommand, run } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { lacks, peers } from "./support/peers.ts";

const folder = join(peers.env["TMPDIR"]!, "tarball");
const LARGE = `oci-dir:${join(folder, "large")}:image`;
const SIZE = 48 << 20;

beforeAll(async () => {
  await mkdir(folder);
  const halves = [0, 1].map((i) => ({ [`file-${i}`]: randomBytes(SIZE / 2) }));
  const sink = await openSink(LARGE);
  await copy(sourceOf({ image: await imageOfLayers(halves) }), sink);
  await sink[Symbol.asyncDispose]();
});

/** A folder with a file `fs.tar` of before. */
async function homeWithOld(name: string): Promise<{ home: string; target: string }> {
  const home = join(folder, name);
  await mkdir(home);
  const target = join(home, "fs.tar");
  await writeFile(target, "old");
  return { home, target };
}

function begin(target: string) {
  const [program = "", ...args] = nixociCommand("export", LARGE, "--quiet", "-o", target);
  return spawn(program, args, { env: peers.env, stdio: "ignore" });
}

describe("an interrupted export", () => {
  test.for([["SIGINT", 130], ["SIGTERM", 143]] as const)(
    "by %s leaves the file of before",
    async ([signal, expected]) => {
      const { home, target } = await homeWithOld(signal);
      const child = begin(target);
      const ended = once(child, "exit");
      while ((await readdir(home)).length === 1 && child.exitCode === null) await sleep(1);
      process.kill(child.pid!, signal); // not child.kill(): see interrupted.test.ts
      expect((await ended)[0]).toBe(expected);
      expect(await readdir(home)).toEqual(["fs.tar"]);
      expect(await readFile(target, "utf8")).toBe("old");
    },
  );

  test("by SIGKILL leaves what the next run removes", async () => {
    const { home, target } = await homeWithOld("SIGKILL");
    const child = begin(target);
    const ended = once(child, "exit");
    while ((await readdir(home)).length === 1 && child.exitCode === null) await sleep(1);
    process.kill(child.pid!, "SIGKILL");
    expect((await ended)[1]).toBe("SIGKILL");
    expect(await readFile(target, "utf8")).toBe("old");
    await once(begin(join(home, "next.tar")), "exit");
    expect((await readdir(home)).sort()).toEqual(["fs.tar", "next.tar"]);
  });
});

describe("a full disk", () => {
  test.skipIf(lacks("root")).for(["size=32m", "nr_inodes=2"])(
    "of %s keeps the file of before",
    async (option) => {
      const disk = join(folder, option);
      await mkdir(disk);
      await run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", disk]);
      try {
        await writeFile(join(disk, "fs.tar"), "old");
        const { status, stderr } = await nixoci(["export", LARGE, "-o", join(disk, "fs.tar")]);
        expect(stderr).toMatch(/^nixoci: [^\n]*no space left on device[^\n]*\n$/);
        expect(status).toBe(1);
        expect(await readdir(disk)).toEqual(["fs.tar"]);
        expect(await readFile(join(disk, "fs.tar"), "utf8")).toBe("old");
      } finally {
        await run(["umount", disk]);
      }
    },
  );

  test("/dev/full fails", async () => {
    const words = nixociCommand("export", LARGE).map((word) => `'${word}'`).join(" ");
    const { status, stderr } = await attempt(["bash", "-c", `${words} >/dev/full`], peers);
    expect(stderr).toMatch(/^nixoci: [^\n]*no space left on device[^\n]*\n$/);
    expect(status).toBe(1);
  });
});

test("a reader that goes away fails an export, and silences ls", async () => {
  const until = async (words: readonly string[], reader: string) => {
    const command = nixociCommand(...words).map((word) => `'${word}'`).join(" ");
    const script = `${command} | ${reader} >/dev/null; exit \${PIPESTATUS[0]}`;
    return await attempt(["bash", "-c", script], peers);
  };
  const { status, stderr } = await until(["export", LARGE], "head --bytes=1000");
  expect(stderr).toMatch(/^nixoci: [^\n]*the reader went away[^\n]*\n$/);
  expect(status).toBe(1);
  expect(await until(["ls", LARGE], "true")).toMatchObject({ status: 0, stderr: "" });
});
