import { crc32, gzipSync, zstdCompressSync } from "node:zlib";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { drainStream, streamBytes } from "../../../src/bytes/stream.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { LAUNCHER, RUN } from "../../cli/run.ts";
import { packWith } from "../../support/archives.ts";
import { expand } from "../../../transports/lib/archive/expand.ts";

const XZ = Buffer.concat([Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), Buffer.alloc(100)]);

/** A folder with an xz that reads nothing and never ends, and how to learn its process ID. */
async function fakeXz(): Promise<{ folder: string; pid(): Promise<number> }> {
  const folder = await temporaryFolder();
  const file = join(folder, "pid");
  await writeFile(
    join(folder, "xz"),
    `#!/bin/sh\necho $$ > ${file}.new\nmv ${file}.new ${file}\nexec sleep 600\n`,
  );
  await chmod(join(folder, "xz"), 0o755);
  return { folder, pid: async () => Number(await readFile(file, "utf8")) };
}

/** Tells whether it runs; one that nobody has waited for yet does not. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));
  } catch {
    return false;
  }
}

const PATIENT = { timeout: 60_000 };

const MIB = 1 << 20;
const zeros = Buffer.alloc(8 * MIB);

describe("expand", () => {
  const packing = (program: "xz" | "bzip2") => (bytes: Uint8Array) => packWith(program, bytes);
  it.each(
    [
      ["gzip", gzipSync],
      ["zstd", zstdCompressSync],
      ["xz", packing("xz")],
      ["bzip2", packing("bzip2")],
    ] as const,
  )(
    "stops at a %s bomb, and only there",
    async (_, pack) => {
      const bomb = await pack(zeros);
      await expect(drainStream(expand(streamBytes(bomb), MIB))).rejects.toMatchObject({
        code: "LIMIT",
        hint: expect.stringContaining("-d"),
      });
      expect(await drainStream(expand(streamBytes(bomb)))).toBe(zeros.length);
      const text = Buffer.from(Array.from({ length: 200_000 }, (_, i) => `${i}`).join());
      expect(await drainStream(expand(streamBytes(await pack(text)), 1))).toBe(text.length);
    },
  );

  it("gives xz no more memory than it needs for what people make", async () => {
    const pack = (option: string) => packWith("xz", Buffer.from("abc"), option);
    // A dictionary of 64 MiB is what xz -9 has; a header can ask for 1.5 GiB.
    expect(await drainStream(expand(streamBytes(await pack("-9"))))).toBe(3);
    const greedy = Buffer.from(await pack("--lzma2=dict=4KiB"));
    const at = greedy.indexOf(Buffer.from([0x21, 0x01, 0x00]), 12);
    greedy[at + 2] = 0x27; // 3 GiB
    greedy.writeUInt32LE(crc32(greedy.subarray(12, 20)), 20);
    await expect(drainStream(expand(streamBytes(greedy)))).rejects.toMatchObject({
      code: "LIMIT",
      message: expect.stringContaining("memory"),
    });
  });

  it.each(
    [["gzip", gzipSync], ["zstd", zstdCompressSync], ["xz", packing("xz")], [
      "bzip2",
      packing("bzip2"),
    ]] as const,
  )("refuses bytes after the end of a %s stream", async (_, pack) => {
    const followed = [await pack(Buffer.from("abc")), Buffer.from("garbage")];
    await expect(drainStream(expand(streamBytes(Buffer.concat(followed))))).rejects
      .toMatchObject({ code: "MALFORMED" });
    const twice = Buffer.concat([await pack(Buffer.from("abc")), await pack(Buffer.from("de"))]);
    expect(await drainStream(expand(streamBytes(twice)))).toBe(5);
  });

  it("ends a program that does not answer, when it is to stop", async () => {
    const { folder, pid } = await fakeXz();
    const stop = new AbortController();
    const before = process.env["PATH"];
    process.env["PATH"] = `${folder}:${before}`;
    try {
      const running = drainStream(expand(streamBytes(XZ), 1, stop.signal));
      const failed = expect(running).rejects.toThrow("stopped by the test");
      const id = await vi.waitFor(pid, PATIENT);
      stop.abort(new Error("stopped by the test"));
      await failed;
      await vi.waitFor(async () => expect(await isAlive(id)).toBe(false), PATIENT);
    } finally {
      process.env["PATH"] = before;
    }
  });

  it.each(["SIGTERM", "SIGINT"] as const)("ends it on %s", async (signal) => {
    const { folder, pid } = await fakeXz();
    await writeFile(join(folder, "a.tar.xz"), XZ);
    const words = ["copy", `docker-archive:${folder}/a.tar.xz`, `oci-dir:${folder}/out`];
    const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}` };
    const child = spawn(process.execPath, [...RUN, LAUNCHER, ...words], { env, stdio: "ignore" });
    const ended = once(child, "exit");
    const id = await vi.waitFor(pid, PATIENT);
    child.kill(signal);
    await ended;
    await vi.waitFor(async () => expect(await isAlive(id)).toBe(false), PATIENT);
  });

  it("passes what is not compressed", async () => {
    expect(await drainStream(expand(streamBytes(zeros), 1))).toBe(zeros.length);
    expect(await drainStream(expand(streamBytes()))).toBe(0);
  });
});
