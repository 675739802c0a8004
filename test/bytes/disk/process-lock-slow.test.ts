/** The lock where every removal comes late: whoever judged a lock dead acts after others did. */
import type * as FileSystem from "node:fs/promises";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { withLock } from "../../../src/bytes/disk/process-lock.ts";
import { makeTemporaryName } from "../../../src/bytes/disk/owner.ts";
import { temporaryFolder } from "../../support/folder.ts";

vi.mock("node:fs/promises", async (load) => {
  const real = await load<typeof FileSystem>();
  const late = <A extends unknown[], R>(run: (...args: A) => Promise<R>) => async (...args: A) => {
    await setTimeout(Math.random() * 12);
    return await run(...args);
  };
  return { ...real, unlink: late(real.unlink), rm: late(real.rm), rmdir: late(real.rmdir) };
});

it("is held by one at a time though the dead owner's name is removed late", async () => {
  for (let round = 0; round < 10; round++) {
    const folder = await temporaryFolder();
    const lock = join(folder, "lock");
    // No process has this pid: it is larger than any.
    const dead = makeTemporaryName().replace(`-${process.pid}-`, "-99999999-");
    await mkdir(lock);
    await writeFile(join(lock, dead), "");
    let inside = 0;
    let met = 0;
    await Promise.all(Array.from({ length: 8 }, () =>
      withLock(lock, async () => {
        if (inside++ > 0) met++;
        await setTimeout(2);
        inside--;
      })));
    expect(met).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  }
});
