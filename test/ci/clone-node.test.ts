/** The Node that a clone brings: found where npm has not linked it, and told of where it cannot run. */
import { chmod, copyFile, lstat, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { arch, execPath, platform } from "node:process";
import { expect, it } from "vitest";
import { spawned } from "../cli/run.ts";
import { ROOT } from "../docs/support/public-functions.ts";
import { temporaryFolder } from "../support/folder.ts";

const LINKER = join("tools", "node-runtime", "link.cjs");

/** Runs it in a clone whose Node is a script that does this. */
async function link(script: string) {
  const clone = await temporaryFolder();
  const program = join(clone, "node_modules", `node-${platform}-${arch}`, "bin", "node");
  const linker = join(clone, LINKER);
  const link = join(clone, "node_modules", ".bin", "node");
  for (const file of [program, linker, link]) await mkdir(dirname(file), { recursive: true });
  await copyFile(join(ROOT, LINKER), linker);
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  return { ...await spawned(execPath, [linker], ""), link };
}

it.skipIf(platform === "win32")("is linked, and runs", async () => {
  const { status, stderr, link: linked } = await link("echo v26.0.0");
  expect([status, stderr]).toEqual([0, ""]);
  expect((await lstat(linked)).isSymbolicLink()).toBe(true);
  expect((await spawned(linked, ["--version"], "")).stdout).toBe("v26.0.0\n");
});

it.skipIf(platform === "win32")("is told of where it lacks libatomic", async () => {
  const missing = "libatomic.so.1: cannot open shared object file: No such file or directory";
  const { status, stderr } = await link(
    `echo "node: error while loading shared libraries: ${missing}" >&2; exit 127`,
  );
  expect([status, stderr]).toEqual([
    1,
    "nixoci: the clone's own Node needs libatomic: apt-get install libatomic1\n",
  ]);
});
