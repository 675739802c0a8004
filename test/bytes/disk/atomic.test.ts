import { execFileSync } from "node:child_process";
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createBatch, openAtomicFile, writeAtomicFile } from "../../../src/bytes/disk/atomic.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { cut, lacks, RUN, sample } from "../support/samples.ts";

const bytes = sample(3_000_000);

describe("atomicFile", () => {
  it.each([1000, 16_384, 262_144, 524_288, 3_000_000, -100_000])(
    "writes chunks of %i",
    async (size) => {
      const path = join(await temporaryFolder(), "file");
      const file = await openAtomicFile(path);
      for await (const chunk of cut(bytes, size)) await file.write(chunk);
      await file.commit();
      expect((await readFile(path)).equals(bytes)).toBe(true);
    },
  );

  it("shows nothing before it is committed, and nothing else afterwards", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "file");
    await writeFile(path, "old");
    const file = await openAtomicFile(path);
    await file.write(bytes);
    expect(await readFile(path, "utf8")).toBe("old");
    const [name] = (await readdir(folder)).filter((name) => name !== "file");
    expect(name).toMatch(
      new RegExp(`^\\.nixoci-[0-9a-f]{8}-${process.pid}-\\d+-[0-9a-f]{16}\\.tmp$`),
    );
    await file.commit();
    expect(await readdir(folder)).toEqual(["file"]);
    await file.discard();
    await file[Symbol.asyncDispose]();
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  it("leaves nothing behind when it is discarded", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "file");
    const file = await openAtomicFile(path);
    await file.write(bytes);
    await file.discard();
    await file.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it("writes at any place, and appends where it stopped", async () => {
    const path = join(await temporaryFolder(), "file");
    const file = await openAtomicFile(path);
    await file.write(Buffer.from("aaaa"));
    await file.writeAt(Buffer.from("zz"), 8);
    await file.writeAt(Buffer.from("B"), 1);
    await file.write(Buffer.from("cc"));
    await file.commit();
    expect((await readFile(path, "latin1")).replaceAll("\0", ".")).toBe("aBaacc..zz");
  });

  it("replaces what is there, unless it must not", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "file");
    await writeAtomicFile(path, "one");
    await writeAtomicFile(path, Buffer.from("two"));
    await expect(writeAtomicFile(path, "three", { exclusive: true })).rejects.toMatchObject({
      code: "EXISTS",
      message: `Cannot write ${path}: it is there already`,
    });
    expect(await readFile(path, "utf8")).toBe("two");
    await writeAtomicFile(join(folder, "new"), "four", { exclusive: true });
    expect((await readdir(folder)).sort()).toEqual(["file", "new"]);
  });

  it("lets exactly one of many be the first", async () => {
    const path = join(await temporaryFolder(), "file");
    const all = Array.from(
      { length: 8 },
      (_, i) => writeAtomicFile(path, `${i}`, { exclusive: true }),
    );
    const results = await Promise.allSettled(all);
    const winner = results.findIndex((result) => result.status === "fulfilled");
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    expect(await readFile(path, "utf8")).toBe(`${winner}`);
  });

  it("has the mode that it is given, less the umask", async () => {
    const folder = await temporaryFolder();
    await writeAtomicFile(join(folder, "secret"), "x", { mode: 0o600 });
    await writeAtomicFile(join(folder, "plain"), "x");
    expect((await stat(join(folder, "secret"))).mode & 0o777).toBe(0o600);
    await writeFile(join(folder, "like"), "x");
    const like = (await stat(join(folder, "like"))).mode;
    expect((await stat(join(folder, "plain"))).mode).toBe(like);
  });

  it("never takes the place of a directory, a device or a pipe", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "directory"));
    for (const path of [join(folder, "directory"), "/dev/null"]) {
      await expect(openAtomicFile(path)).rejects.toMatchObject({ code: "UNSUPPORTED" });
    }
    await expect(openAtomicFile(join(folder, "none", "file"))).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    expect(await readdir(folder)).toEqual(["directory"]);
  });

  it("refuses a symbolic link, or follows it when it may", async () => {
    const folder = await temporaryFolder();
    const elsewhere = await temporaryFolder();
    const link = join(folder, "link");
    await writeFile(join(elsewhere, "real"), "old");
    await symlink(join(elsewhere, "real"), link);
    await expect(openAtomicFile(link)).rejects.toMatchObject({ code: "UNSAFE" });
    await writeAtomicFile(link, "new", { follow: true });
    expect(await readFile(join(elsewhere, "real"), "utf8")).toBe("new");
    expect(await readlink(link)).toBe(join(elsewhere, "real"));
    expect(await readdir(elsewhere)).toEqual(["real"]);
    await symlink("/dev/null", join(folder, "null"));
    await expect(openAtomicFile(join(folder, "null"), { follow: true })).rejects.toMatchObject({
      code: "UNSUPPORTED",
    });
    expect((await lstat(join(folder, "null"))).isSymbolicLink()).toBe(true);
  });

  it("removes what it wrote when the commit fails", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "file");
    const file = await openAtomicFile(path);
    await file.write(bytes);
    await mkdir(path);
    await expect(file.commit()).rejects.toMatchObject({ code: "IO" });
    expect(await readdir(folder)).toEqual(["file"]);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it.skipIf(lacks("sh") || process.platform !== "linux")(
    "removes what it wrote when there is no room, and says so",
    async () => {
      const folder = await temporaryFolder();
      const script = join(import.meta.dirname!, "..", "support", "write-too-much.ts");
      const words = [...RUN, script, folder].map((word) => `'${word}'`).join(" ");
      // 200 blocks of 512 bytes are allowed; the signal that comes with it is ignored.
      const line = `trap '' XFSZ; ulimit -f 200; exec ${words}`;
      const said = execFileSync("sh", ["-c", line], { encoding: "utf8" });
      expect(JSON.parse(said)).toEqual({
        code: "IO",
        message: expect.stringMatching(/^Cannot write .*file: file too large/i),
      });
      expect(await readdir(folder)).toEqual([]);
    },
  );
});

describe("batch", () => {
  it("makes all of its files visible by the time that it is flushed", async () => {
    const folder = await temporaryFolder();
    const files = createBatch();
    for (let i = 0; i < 100; i++) {
      const file = await openAtomicFile(join(folder, `${i}`), { batch: files });
      await file.write(Buffer.from(`content ${i}`));
      await file.commit();
      await file.discard();
    }
    await files.flush();
    expect(await readdir(folder)).toHaveLength(100);
    for (const i of [0, 57, 99]) {
      expect(await readFile(join(folder, `${i}`), "utf8")).toBe(`content ${i}`);
    }
    await writeAtomicFile(join(folder, "later"), "x", { batch: files });
    await files.flush();
    expect(await readdir(folder)).toHaveLength(101);
  });

  it("tells of a failure when it is flushed, and of none when it is disposed of", async () => {
    const folder = await temporaryFolder();
    const files = createBatch();
    const file = await openAtomicFile(join(folder, "file"), { batch: files });
    await mkdir(join(folder, "file"));
    // both lanes wait, so that the second commit is taken before the first has failed
    const gate = Promise.withResolvers<void>();
    await files.add(folder, () => gate.promise);
    await files.add(folder, () => gate.promise);
    await file.commit();
    await writeAtomicFile(join(folder, "other"), "x", { batch: files });
    gate.resolve();
    await expect(files.flush()).rejects.toMatchObject({ code: "IO" });
    await files[Symbol.asyncDispose]();
    expect((await readdir(folder)).sort()).toEqual(["file", "other"]);
    await rm(join(folder, "file"), { recursive: true });
    await expect(writeAtomicFile(join(folder, "third"), "x", { batch: files })).rejects
      .toMatchObject({ code: "IO" });
    expect(await readdir(folder)).toEqual(["other"]);
  });
});
