import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openAtomicFile, sweepFolder } from "../../../src/bytes/disk/atomic.ts";
import {
  fateOf,
  makeTemporaryName,
  ownerOf,
  type OwnerProcess,
} from "../../../src/bytes/disk/owner.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { RUN } from "../support/samples.ts";

const self = ownerOf(makeTemporaryName())!;
const hasProc = self.start !== "0";

/** A name that another process would have made. */
function nameOf(owner: Partial<OwnerProcess>): string {
  const { place, pid, start } = { ...self, ...owner };
  return `.nixoci-${place}-${pid}-${start}-0123456789abcdef.tmp`;
}

/** The pid of a process that was. */
function deadPid(): number {
  return spawnSync(process.execPath, ["--version"]).pid;
}

describe("an owner", () => {
  it("is in the names it gives, which are never the same", () => {
    expect(makeTemporaryName()).not.toBe(makeTemporaryName());
    expect(self.pid).toBe(process.pid);
    expect(ownerOf(nameOf({ pid: 77 }))).toEqual({ ...self, pid: 77 });
  });

  it.each(["", "file", ".nixoci-1-2.tmp", `${makeTemporaryName()}x`, `x${makeTemporaryName()}`])(
    "is not in the name %j",
    (name) => expect(ownerOf(name)).toBeUndefined(),
  );

  it("lives, or is dead, or nobody knows", () => {
    expect(fateOf(self)).toBe("alive");
    expect(fateOf({ ...self, pid: process.ppid, start: "0" })).toBe("alive");
    expect(fateOf({ ...self, pid: deadPid() })).toBe("dead");
    expect(fateOf({ ...self, place: "00000000" })).toBe("unknown");
  });

  it.runIf(hasProc)("is dead when its pid is another's now", () => {
    expect(fateOf({ ...self, start: `${Number(self.start) - 1}` })).toBe("dead");
  });
});

describe("sweep", () => {
  it("removes what the dead left, and nothing else", async () => {
    const folder = await temporaryFolder();
    const kept = ["file", ".hidden.tmp", nameOf({}), nameOf({ place: "00000000" })];
    for (const name of kept) await writeFile(join(folder, name), "x");
    const pid = deadPid();
    await writeFile(join(folder, nameOf({ pid })), "x");
    const waiting = join(folder, nameOf({ pid, start: "1" }));
    await mkdir(waiting);
    await writeFile(join(waiting, "x"), "x");
    expect(await sweepFolder(folder)).toBe(2);
    expect((await readdir(folder)).sort()).toEqual(kept.sort());
    expect(await sweepFolder(folder)).toBe(0);
  });

  it("removes what a process elsewhere has not touched for a day", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, nameOf({ place: "00000000" }));
    await writeFile(path, "x");
    const hours = (count: number) => new Date(Date.now() - count * 3_600_000);
    await utimes(path, hours(23), hours(23));
    expect(await sweepFolder(folder)).toBe(0);
    await utimes(path, hours(25), hours(25));
    expect(await sweepFolder(folder)).toBe(1);
  });

  it("clears locks of the dead, and nobody else's", async () => {
    const folder = await temporaryFolder();
    const lock = async (name: string, ...holders: string[]) => {
      await mkdir(join(folder, name));
      for (const holder of holders) await writeFile(join(folder, name, holder), "");
    };
    const dead = nameOf({ pid: deadPid() });
    await lock(".dead.lock", dead);
    await lock(".released.lock");
    await lock(".alive.lock", nameOf({}));
    await lock(".elsewhere.lock", nameOf({ place: "00000000" }));
    await lock(".foreign.lock", "precious");
    await lock("folder.lock", dead);
    await writeFile(join(folder, ".file.lock"), "");
    expect(await sweepFolder(folder)).toBe(2);
    expect((await readdir(folder)).sort()).toEqual([
      ".alive.lock",
      ".elsewhere.lock",
      ".file.lock",
      ".foreign.lock",
      "folder.lock",
    ]);
    expect(await readdir(join(folder, ".foreign.lock"))).toEqual(["precious"]);
  });

  it("leaves the files that are being written", async () => {
    const folder = await temporaryFolder();
    const file = await openAtomicFile(join(folder, "file"));
    await file.write(Buffer.from("x"));
    expect(await sweepFolder(folder)).toBe(0);
    await file.commit();
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it("does not mind a folder that is not there", async () => {
    expect(await sweepFolder(join(await temporaryFolder(), "none"))).toBe(0);
  });

  it("removes the file of a process that was killed, not before", async () => {
    const folder = await temporaryFolder();
    const script = join(import.meta.dirname!, "..", "support", "write-for-ever.ts");
    const child = spawn(RUN[0]!, [...RUN.slice(1), script, folder]);
    const ended = once(child, "close");
    await once(child.stdout, "data");
    expect(await sweepFolder(folder)).toBe(0);
    expect(await readdir(folder)).toHaveLength(1);
    child.kill("SIGKILL");
    await ended;
    expect(await sweepFolder(folder)).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });
});
