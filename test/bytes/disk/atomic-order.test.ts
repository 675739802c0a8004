/** What survives a loss of power is a matter of order: the file, its name, the folder. */
import type * as FileSystem from "node:fs";
import type * as Promises from "node:fs/promises";
import { basename, join } from "node:path";
import { beforeEach, expect, it, vi } from "vitest";
import { createBatch, openAtomicFile, writeAtomicFile } from "../../../src/bytes/disk/atomic.ts";
import { temporaryFolder } from "../../support/folder.ts";

const log: string[] = [];

vi.mock("node:fs/promises", async (load) => {
  const real = await load<typeof Promises>();
  return {
    ...real,
    async open(path: string, flags: string) {
      const handle = await real.open(path, flags);
      const sync = handle.sync.bind(handle);
      const noted = () => sync().then(() => void log.push("sync folder"));
      return Object.assign(handle, { sync: noted });
    },
  };
});

vi.mock("node:fs", async (load) => {
  const real = await load<typeof FileSystem>();
  type Done = (error: Error | null) => void;
  const noteDone = (line: string, done: Done): Done => (...results) => {
    log.push(line);
    done(...results);
  };
  return {
    ...real,
    write: (fd: number, bytes: Buffer, at: number, length: number, to: number, done: Done) =>
      real.write(fd, bytes, at, length, to, noteDone("write file", done)),
    fdatasync: (fd: number, done: Done) => real.fdatasync(fd, noteDone("datasync file", done)),
    renameSync(from: string, to: string) {
      log.push(`rename ${basename(to)}`);
      real.renameSync(from, to);
    },
    linkSync(from: string, to: string) {
      log.push(`link ${basename(to)}`);
      real.linkSync(from, to);
    },
  };
});

beforeEach(() => void log.splice(0));

it("syncs the bytes before the name, and the name before it says so", async () => {
  const path = join(await temporaryFolder(), "a");
  await writeAtomicFile(path, "x");
  expect(log).toEqual(["write file", "datasync file", "rename a", "sync folder"]);
  log.splice(0);
  await writeAtomicFile(`${path}b`, "x", { exclusive: true });
  expect(log).toEqual(["write file", "datasync file", "link ab", "sync folder"]);
});

it("syncs every file of a batch before its name, and the folder once, after all", async () => {
  const folder = await temporaryFolder();
  const files = createBatch();
  for (const name of ["a", "b", "c"]) {
    await writeAtomicFile(join(folder, name), "x", { batch: files });
  }
  await files.flush();
  expect(log.filter((line) => line === "datasync file")).toHaveLength(3);
  expect(log.filter((line) => line === "sync folder")).toHaveLength(1);
  expect(log.at(-1)).toBe("sync folder");
  for (const [i, line] of log.entries()) {
    if (!line.startsWith("rename")) continue;
    const synced = log.slice(0, i).filter((before) => before === "datasync file").length;
    const renamed = log.slice(0, i).filter((before) => before.startsWith("rename")).length;
    expect(synced).toBeGreaterThan(renamed);
  }
});

it("gathers small chunks into large writes", async () => {
  const file = await openAtomicFile(join(await temporaryFolder(), "a"));
  for (let i = 0; i < 128; i++) await file.write(Buffer.alloc(16_384));
  await file.commit();
  expect(log.filter((line) => line === "write file")).toHaveLength(4);
});
