/** `export -o`: interrupted, killed, on a full disk, or with nobody reading, it leaves nothing. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { openSink } from "../../transports/mod.ts";
import { sourceOf } from "../support/images.ts";
import { imageOfLayers } from "../unpack/support.ts";
import { attempt, nixociCommand, run } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { interrupt } from "./support/interrupt.ts";
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

/** Interrupts an export that would replace a file `fs.tar`; how it ended, and where. */
async function interruptExport(signal: NodeJS.Signals) {
  const home = join(folder, signal);
  await mkdir(home);
  const target = join(home, "fs.tar");
  const beginAnew = async () => {
    await writeFile(target, "old");
    return begin(target);
  };
  const end = await interrupt(signal, beginAnew, async () => (await readdir(home)).length > 1);
  return { home, target, end };
}

function begin(target: string) {
  const [program = "", ...args] = nixociCommand("export", LARGE, "--quiet", "-o", target);
  return spawn(program, args, { env: peers.env, stdio: "ignore" });
}

describe("an interrupted export", () => {
  test.for([["SIGINT", 130], ["SIGTERM", 143]] as const)(
    "by %s leaves the file of before",
    async ([signal, expected]) => {
      const { home, target, end } = await interruptExport(signal);
      expect(end[0]).toBe(expected);
      expect(await readdir(home)).toEqual(["fs.tar"]);
      expect(await readFile(target, "utf8")).toBe("old");
    },
  );

  test("by SIGKILL leaves what the next run removes", async () => {
    const { home, target, end } = await interruptExport("SIGKILL");
    expect(end[1]).toBe("SIGKILL");
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
