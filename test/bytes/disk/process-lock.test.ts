import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { withLock } from "../../../src/bytes/disk/process-lock.ts";
import { makeTemporaryName } from "../../../src/bytes/disk/owner.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { RUN } from "../support/samples.ts";

/** Runs many that must not meet; how many of them met. */
async function meetings(lock: string, count: number): Promise<number> {
  let inside = 0;
  let met = 0;
  await Promise.all(Array.from({ length: count }, () =>
    withLock(lock, async () => {
      if (inside++ > 0) met++;
      await setTimeout(1);
      inside--;
    })));
  return met;
}

/** A lock that someone holds: the pid and the place may be changed. */
async function heldLock(change: (name: string) => string): Promise<{ lock: string; name: string }> {
  const lock = join(await temporaryFolder(), "lock");
  const name = change(makeTemporaryName());
  await mkdir(lock);
  await writeFile(join(lock, name), "");
  return { lock, name };
}

async function waitFor<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await setTimeout(5);
  }
}

// No process has this pid: it is larger than any.
const dead = (name: string) => name.replace(`-${process.pid}-`, "-99999999-");
const elsewhere = (name: string) => name.replace(/nixoci-[0-9a-f]{8}/, "nixoci-00000000");

describe("withLock", () => {
  it("gives what the function gives, throws what it throws, and leaves nothing", async () => {
    const folder = await temporaryFolder();
    const lock = join(folder, "lock");
    expect(await withLock(lock, () => 42)).toBe(42);
    const error = new Error("no");
    await expect(withLock(lock, () => Promise.reject(error))).rejects.toBe(error);
    expect(await readdir(folder)).toEqual([]);
  });

  it("lets one in at a time", async () => {
    expect(await meetings(join(await temporaryFolder(), "lock"), 20)).toBe(0);
  });

  it("takes a dead owner's lock over, however many see that it is dead", async () => {
    for (let round = 0; round < 5; round++) {
      const { lock } = await heldLock(dead);
      expect(await meetings(lock, 10)).toBe(0);
      expect(await readdir(join(lock, ".."))).toEqual([]);
    }
  });

  it("takes over what a dead owner had half removed", async () => {
    const lock = join(await temporaryFolder(), "lock");
    await mkdir(lock);
    expect(await meetings(lock, 5)).toBe(0);
  });

  it("waits for an owner elsewhere, until it is silent for long", async () => {
    const { lock, name } = await heldLock(elsewhere);
    const signal = AbortSignal.timeout(200);
    await expect(withLock(lock, () => "in", { signal })).rejects.toThrow(/timed? ?out/i);
    expect(await readdir(join(lock, ".."))).toEqual(["lock"]);
    const past = new Date(Date.now() - 180_000);
    await utimes(join(lock, name), past, past);
    expect(await withLock(lock, () => "in")).toBe("in");
  });

  it("looks alive to those elsewhere when it is taken after a long wait", async () => {
    const folder = await temporaryFolder();
    const lock = join(folder, "lock");
    let taken: Promise<number> | undefined;
    await withLock(lock, async () => {
      taken = withLock(lock, async () => {
        const [name] = await readdir(lock);
        return Date.now() - (await stat(join(lock, name!))).mtimeMs;
      });
      const past = new Date(Date.now() - 180_000);
      const ready = await waitFor(async () => {
        const name = (await readdir(folder)).find((name) => name !== "lock");
        return name !== undefined && (await readdir(join(folder, name))).length > 0
          ? name
          : undefined;
      });
      const file = join(folder, ready, ready);
      await utimes(file, past, past);
      // The next attempt touches it. (One that had touched it before may still be under way.)
      await waitFor(async () => (await stat(file)).mtimeMs > past.getTime() + 1000 || undefined);
    });
    expect(await taken).toBeLessThan(60_000);
  });

  it("says once for whom it waits, and stops when it is told to", async () => {
    const { lock } = await heldLock((name) => name);
    const controller = new AbortController();
    const said: string[] = [];
    const waiting = withLock(lock, () => "in", {
      signal: controller.signal,
      onWait: (message) => {
        said.push(message);
        void setTimeout(100).then(() => controller.abort(new Error("enough")));
      },
    });
    await expect(waiting).rejects.toThrow("enough");
    expect(said).toEqual([`Waiting for process ${process.pid}, which holds ${lock}`]);
    expect(await readdir(join(lock, ".."))).toEqual(["lock"]);
  });

  it("does not begin when it is stopped already", async () => {
    const folder = await temporaryFolder();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(withLock(join(folder, "lock"), () => "in", { signal })).rejects.toThrow("enough");
    expect(await readdir(folder)).toEqual([]);
  });

  it("fails where no lock can be", async () => {
    const folder = await temporaryFolder();
    await expect(withLock(join(folder, "none", "lock"), () => 1)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await writeFile(join(folder, "file"), "x");
    await expect(withLock(join(folder, "file"), () => 1)).rejects.toMatchObject({
      code: "IO",
      hint: expect.stringContaining("remove"),
    });
    expect(await readdir(folder)).toEqual(["file"]);
    expect(await readFile(join(folder, "file"), "utf8")).toBe("x");
  });

  it("loses nothing and never hangs when its owners are killed", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "counter"), "0");
    const script = join(import.meta.dirname!, "..", "support", "count-under-lock.ts");
    const written: number[] = [];
    const running = new Set<ChildProcess>();
    let finished = 0;
    let killed = 0;
    const count = async (): Promise<void> => {
      const child = spawn(RUN[0]!, [...RUN.slice(1), script, folder, "25"]);
      running.add(child);
      let output = "";
      child.stdout.on("data", (text) => output += text);
      const [code, signal] = await once(child, "close");
      running.delete(child);
      written.push(...output.split("\n").filter(Boolean).map(Number));
      if (code === 0) finished++;
      // The dead are replaced, so that there is someone to take over from the last of them.
      if (signal === "SIGKILL") await count();
    };
    const counting = Promise.all([count(), count(), count(), count()]);
    for (; killed < 8; killed++) {
      await setTimeout(60 + Math.random() * 120);
      [...running][Math.floor(Math.random() * running.size)]?.kill("SIGKILL");
    }
    await counting;
    expect(finished).toBe(4);
    // Two who wrote the same number did not see one another.
    expect(new Set(written).size).toBe(written.length);
    expect(written.length).toBeGreaterThanOrEqual(100);
    expect(Number(await readFile(join(folder, "counter"), "utf8"))).toBe(Math.max(...written));
    expect(await readdir(folder)).not.toContain("lock");
  });
});
