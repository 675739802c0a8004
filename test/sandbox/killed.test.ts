/**
 * SIGKILL at any moment of a command's run: nothing of it runs on, nothing half-made is published, and
 * the next run clears up. NIXOCI_KILLS says how many moments.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { LAUNCHER, RUN } from "../cli/run.ts";
import { folderToDispose } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";
import { busyboxLayer, CANNOT_RUN, writeLayout } from "./support.ts";

const MOMENTS = Number(env["NIXOCI_KILLS"] ?? (env["CI"] === undefined ? 8 : 20));

/** Tells the processes of these tests from others, in their command lines. */
const MARK = `9${process.pid}`;

const SCRIPT = `setsid sleep ${MARK} & sleep ${MARK} & mkdir /made; i=0
while [ $i -lt 200 ]; do i=$((i+1)); echo $i > /made/$i; done; kill %1; rm -r /data; sleep 0.2`;

/** The processes that the command has begun, those that have ended but for their parents left out. */
function listLeft(): string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return line.includes(`sleep\0${MARK}`) ? [line] : [];
    } catch {
      return [];
    }
  });
}

async function expectNoneLeft(): Promise<void> {
  for (let tries = 0; listLeft().length > 0 && tries < 100; tries++) await sleep(50);
  expect(listLeft()).toEqual([]);
}

describe.skipIf(CANNOT_RUN)("a run that is killed", () => {
  it(`leaves nothing that runs, or is half made, at ${MOMENTS} moments`, async () => {
    const { path, dispose } = await folderToDispose();
    const cache = join(path, "cache");
    await writeLayout([await busyboxLayer()], `oci-dir:${path}/base`);
    const begin = () => {
      const command = ["--", "sh", "-c", SCRIPT];
      const words = [...RUN, LAUNCHER, "run", "-q", `oci-dir:${path}/base`, `oci-dir:${path}/out`];
      const variables = { ...env, NIXOCI_CACHE_DIR: cache };
      return spawn(execPath, [...words, ...command], { env: variables, stdio: "ignore" });
    };
    const started = Date.now();
    expect(await once(begin(), "exit")).toEqual([0, null]);
    const whole = Date.now() - started;
    const manifest = () => readFileSync(`${path}/out/index.json`, "utf8");
    const made = manifest();
    let killed = 0;
    for (let i = 1; i <= MOMENTS; i++) {
      const running = begin();
      const ended = once(running, "exit");
      await sleep(whole * i / MOMENTS);
      running.kill("SIGKILL");
      if ((await ended)[1] === "SIGKILL") killed++;
      await expectNoneLeft();
      expect(manifest()).toBe(made);
    }
    expect(killed).toBeGreaterThan(0);
    expect(await once(begin(), "exit")).toEqual([0, null]);
    expect(manifest()).toBe(made);
    await expectNoneLeft();
    expect(readdirSync(join(cache, "runs"))).toEqual([]);
    const trees = readdirSync(join(cache, "trees")).filter((name) => !name.endsWith(".lock"));
    expect(trees).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(existsSync(join(cache, "trees", trees[0]!, "users"))).toBe(true);
    expect(readdirSync(join(cache, "trees", trees[0]!, "users"))).toEqual([]);
    await dispose();
  }, 300_000 + MOMENTS * 20_000);

  // By root in chroot, by a user in bubblewrap; a cache behind a link, as homes are.
  const cannotCopy = process.getuid?.() !== 0 && lacks("bwrap");
  it.skipIf(cannotCopy)("leaves nothing that runs where nothing can be mounted", async () => {
    const { path, dispose } = await folderToDispose();
    mkdirSync(join(path, "bin"));
    writeFileSync(join(path, "bin/unshare"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    mkdirSync(join(path, "disk"));
    symlinkSync("disk", join(path, "home"));
    await writeLayout([await busyboxLayer()], `oci-dir:${path}/base`);
    const variables = {
      ...env,
      PATH: `${path}/bin:${env["PATH"]}`,
      NIXOCI_CACHE_DIR: join(path, "home/cache"),
    };
    const begin = (more: readonly string[]) => {
      const script = `setsid sleep ${MARK} & sleep ${MARK} & echo begun; wait`;
      const words = ["run", ...more, `oci-dir:${path}/base`, `oci-dir:${path}/out`, "--"];
      const argv = [...RUN, LAUNCHER, ...words, "sh", "-c", script];
      return spawn(execPath, argv, { env: variables, stdio: ["ignore", "ignore", "pipe"] });
    };
    const running = begin([]);
    const ended = once(running, "exit");
    let said = "";
    for await (const chunk of running.stderr!) {
      said += chunk;
      if (/^begun$/m.test(said)) running.kill("SIGKILL");
    }
    expect(await ended, said).toEqual([null, "SIGKILL"]);
    await expectNoneLeft();
    const late = begin(["--timeout", "1"]);
    late.stderr!.resume();
    expect(await once(late, "exit")).toEqual([1, null]);
    await expectNoneLeft();
    expect(readdirSync(join(path, "disk/cache/runs"))).toEqual([]);
    expect(existsSync(join(path, "out"))).toBe(false);
    await dispose();
  }, 120_000);
});
