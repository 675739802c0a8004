import { execFileSync } from "node:child_process";
import { appendFile, open, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { type OpenFile, openFile } from "../../../src/bytes/disk/file.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { all, lacks, sample } from "../support/samples.ts";

const bytes = sample(1_000_000);

async function fileOf(content: Uint8Array): Promise<{ path: string; file: OpenFile }> {
  const path = join(await temporaryFolder(), "file");
  await writeFile(path, content);
  return { path, file: await opened(path) };
}

async function opened(path: string): Promise<OpenFile> {
  const file = await openFile(path);
  onTestFinished(() => file[Symbol.asyncDispose]());
  return file;
}

describe("openFile", () => {
  it("knows whether the file has changed since", async () => {
    const old = await opened(fileURLToPath(new URL("../../../package.json", import.meta.url)));
    expect(await old.unchanged()).toBe(true);
    const { file, path } = await fileOf(bytes);
    const { atime, mtime } = await stat(path);
    const handle = await open(path, "r+");
    await handle.write("x", 0);
    await handle.utimes(atime, mtime);
    await handle.close();
    expect(await file.unchanged()).toBe(false);
  });

  it("reads the whole, and any part", async () => {
    const { file, path } = await fileOf(bytes);
    expect(file.path).toBe(path);
    expect(file.size).toBe(bytes.length);
    expect((await all(file.read())).equals(bytes)).toBe(true);
    for (
      const [start, end] of [[0, 1], [5, 5], [262_143, 524_289], [999_999, 1_000_000]] as const
    ) {
      expect((await all(file.read(start, end))).equals(bytes.subarray(start, end))).toBe(true);
    }
    expect((await all(file.read(900_000))).equals(bytes.subarray(900_000))).toBe(true);
    expect(await all(file.read(900_000, 2_000_000))).toHaveLength(100_000);
    expect(await all(file.read(2_000_000))).toHaveLength(0);
  });

  it("fills a buffer from any place, less at the end only", async () => {
    const { file } = await fileOf(bytes);
    const into = Buffer.alloc(1000);
    expect(await file.readAt(into, 12_345)).toBe(1000);
    expect(into.equals(bytes.subarray(12_345, 13_345))).toBe(true);
    expect(await file.readAt(into, 999_900)).toBe(100);
    expect(await file.readAt(into, 5_000_000)).toBe(0);
  });

  it("has many readers at a time", async () => {
    const { file } = await fileOf(bytes);
    const readers = Array.from({ length: 5 }, (_, i) => all(file.read(i * 1000)));
    for (const [i, read] of (await Promise.all(readers)).entries()) {
      expect(read.equals(bytes.subarray(i * 1000))).toBe(true);
    }
    for await (const _ of file.read()) break;
  });

  it("reads an empty file, and through a symbolic link", async () => {
    const { file, path } = await fileOf(Buffer.alloc(0));
    expect(await all(file.read())).toHaveLength(0);
    await symlink(path, `${path}.link`);
    expect((await opened(`${path}.link`)).size).toBe(0);
  });

  it("says what is not there, or no file", async () => {
    const folder = await temporaryFolder();
    await expect(openFile(join(folder, "none"))).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `Cannot open ${join(folder, "none")}: no such file or directory`,
    });
    await expect(openFile(folder)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: `Cannot open ${folder}: it is a directory`,
    });
    await expect(openFile("/dev/null")).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  it.skipIf(lacks("mkfifo"))("does not wait for a FIFO's writer", async () => {
    const path = join(await temporaryFolder(), "fifo");
    execFileSync("mkfifo", [path]);
    await expect(openFile(path)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: `Cannot open ${path}: it is not a regular file`,
    });
  });

  it("refuses a socket", async () => {
    const path = join(await temporaryFolder(), "socket");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => void server.close());
    await expect(openFile(path)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  it("notices a file that shrinks, and does not read what is added", async () => {
    const { file, path } = await fileOf(bytes);
    await appendFile(path, "more");
    expect(await all(file.read())).toHaveLength(bytes.length);
    await truncate(path, 500_000);
    await expect(all(file.read())).rejects.toMatchObject({
      code: "IO",
      message: `Cannot read ${path}: it became shorter while it was read`,
    });
  });

  it("fails when it is closed", async () => {
    const { file } = await fileOf(bytes);
    await file[Symbol.asyncDispose]();
    await expect(all(file.read())).rejects.toMatchObject({ code: "IO" });
    await expect(file.readAt(Buffer.alloc(1), 0)).rejects.toMatchObject({ code: "IO" });
  });
});
