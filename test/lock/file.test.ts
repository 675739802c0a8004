import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { expect, it } from "vitest";
import type { Digest } from "../../src/bytes/digest.ts";
import { makeTemporaryName } from "../../src/bytes/disk/owner.ts";
import { editLock, type Lock, readLock } from "../../src/lock/mod.ts";
import { setImage } from "../../src/lock/model.ts";
import { temporaryFolder } from "../support/folder.ts";

const blob = { mediaType: "a/b", digest: `sha256:${"0".repeat(64)}` as Digest, size: 1 };
const add = (tag: string) => (lock: Lock) => ({
  lock: setImage(lock, {
    repository: "h.test/app",
    tag,
    platforms: { "linux/amd64": { manifest: blob, config: blob, layers: [] } },
  }),
});

it("is made when it is to be, and only then", async () => {
  const file = join(await temporaryFolder(), "nixoci.lock.json");
  await expect(editLock(file, add("1"))).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: `Cannot read ${file}: no such file`,
    hint: "make one with nixoci lock add NAME, or name yours with --file",
  });
  await editLock(file, add("1"), { create: true });
  expect(Object.keys((await readLock(file)).images)).toEqual(["h.test/app:1"]);
});

it("keeps all that several change at the same time, and leaves nothing beside it", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "nixoci.lock.json");
  const tags = Array.from({ length: 8 }, (_, i) => `t${i}`);
  await Promise.all(tags.map((tag) => editLock(file, add(tag), { create: true })));
  expect(Object.values((await readLock(file)).images).map(({ tag }) => tag)).toEqual(tags);
  expect(await readdir(folder)).toEqual(["nixoci.lock.json"]);
});

it("clears away what killed processes left, but nobody else's locks", async () => {
  const folder = await temporaryFolder();
  const { pid } = spawnSync(process.execPath, ["--version"]);
  // The last two numbers: what is before them may be of digits alone.
  const name = makeTemporaryName().replace(/-\d+-\d+-(?=\w+\.tmp$)/, `-${pid}-1-`);
  const left = join(folder, name);
  await writeFile(left, "half a lo");
  await mkdir(join(folder, ".other.lock"));
  await editLock(join(folder, "nixoci.lock.json"), add("1"), { create: true });
  expect((await readdir(folder)).sort()).toEqual([".other.lock", "nixoci.lock.json"]);
});

it("is not written when nothing changes, nor when the change fails", async () => {
  const file = join(await temporaryFolder(), "nixoci.lock.json");
  await editLock(file, add("1"), { create: true });
  const before = await stat(file, { bigint: true });
  await editLock(file, add("1"));
  await expect(editLock(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect((await stat(file, { bigint: true })).ino).toBe(before.ino);
});

it("is replaced where a link leads", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "real"));
  await writeFile(join(folder, "real/lock.json"), '{"images": {}, "version": 1}');
  await symlink("real/lock.json", join(folder, "nixoci.lock.json"));
  await editLock(join(folder, "nixoci.lock.json"), add("1"));
  expect(await readFile(join(folder, "real/lock.json"), "utf8")).toContain("h.test/app:1");
});

it("says what it cannot read", async () => {
  const folder = await temporaryFolder();
  await expect(readLock(folder)).rejects.toMatchObject({
    message: `Cannot open ${folder}: it is a directory`,
  });
});

it("says that it cannot be written before anything is asked", async () => {
  const file = join(await temporaryFolder(), "nowhere/lock.json");
  const change = () => Promise.reject(new Error("asked"));
  await expect(editLock(file, change, { create: true })).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: `Cannot write ${file}: no such file or directory`,
  });
});
