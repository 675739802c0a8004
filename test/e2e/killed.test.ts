/** SIGKILL at any moment: an oci-dir is never damaged, and the next copy clears up. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { attempt, nixociCommand } from "./support/command.ts";
import { copyBetween } from "./support/copying.ts";
import { inspectLayout, writeBulk } from "./support/layout.ts";
import { lacks, peers } from "./support/peers.ts";

const folder = join(peers.env["TMPDIR"]!, "killed");
const [small, large] = ["small", "large"].map((name) => `oci-dir:${join(folder, name)}:bulk`);

beforeAll(async () => {
  await mkdir(folder);
  await writeBulk(join(folder, "small"), 1, 1000);
  await writeBulk(join(folder, "large"), 6, 4 << 20);
});

/** Kills spread over the time that a whole copy takes, from its first moment to its last. */
const ROUNDS = 24;

test("killed at any time, a copy leaves the old images or the new one, all whole", async () => {
  const begun = Date.now();
  await once(begin(await layoutWithOneImage("whole")), "exit");
  const whole = Date.now() - begun;

  let killed = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const layout = await layoutWithOneImage(`round-${round}`);
    const copying = begin(layout);
    const ended = once(copying, "exit");
    await sleep(whole * round / ROUNDS);
    copying.kill("SIGKILL");
    if ((await ended)[1] === "SIGKILL") killed++;
    await expectWhole(layout);
  }
  // How many are still running then is the machine's business; that some were is ours.
  expect(killed).toBeGreaterThan(0);
});

/** The calls that make things durable and visible: who dies in one has done half of something. */
const MOMENTS = [
  { moment: "the first folder", calls: "mkdir,mkdirat" },
  { moment: "the first sync", calls: "fdatasync,fsync" },
  { moment: "the first rename", calls: "rename,renameat,renameat2" },
  { moment: "reading the index", calls: "open,openat", path: "index.json" },
  { moment: "the first removal", calls: "unlink,unlinkat,rmdir" },
  { moment: "releasing the lock", calls: "rmdir,unlinkat", path: ".index.lock" },
];

test.skipIf(lacks("strace")).for(MOMENTS)(
  "killed at $moment, it leaves whole images",
  async ({ moment, calls, path }) => {
    const layout = await layoutWithOneImage(moment.replaceAll(" ", "-"));
    const strace = ["strace", "--follow-forks", "--quiet=all", "--output=/dev/null"];
    const only = path === undefined ? [] : [`--trace-path=${join(layout, path)}`];
    const inject = [...only, `--trace=${calls}`, `--inject=${calls}:signal=KILL`];
    const { signal } = await attempt([...strace, ...inject, ...copyTo(layout)], peers);
    expect(signal).toBe("SIGKILL");
    await expectWhole(layout);
  },
);

/** A layout of its own, with a small image that is named `before`. */
async function layoutWithOneImage(name: string): Promise<string> {
  const layout = join(folder, name);
  const to = { reference: `oci-dir:${layout}:before`, options: {} };
  await copyBetween({ reference: small!, options: {} }, to);
  return layout;
}

function copyTo(layout: string): string[] {
  return nixociCommand("copy", "--quiet", large!, `oci-dir:${layout}:after`);
}

function begin(layout: string) {
  const [program = "", ...args] = copyTo(layout);
  return spawn(program, args, { env: peers.env, stdio: "ignore" });
}

/** The layout is valid as it is; and after one more image nothing is left of the killed copy. */
async function expectWhole(layout: string): Promise<void> {
  const { faults, tags } = await inspectLayout(layout);
  expect(faults).toEqual([]);
  expect(tags).toContain("before");
  const to = { reference: `oci-dir:${layout}:next`, options: {} };
  await copyBetween({ reference: large!, options: {} }, to);
  const next = await inspectLayout(layout);
  expect(next).toEqual({ faults: [], strays: [], tags: [...tags, "next"] });
}
