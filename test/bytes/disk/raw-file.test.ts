import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openRawFile } from "../../../src/bytes/disk/raw-file.ts";
import { temporaryFolder } from "../../support/folder.ts";

it("stays open until what was begun has ended", async () => {
  const path = join(await temporaryFolder(), "a");
  const file = openRawFile(path, "wx+", 0o600);
  const { fd } = file;
  const ends = [file.write(Buffer.from("hi"), 0, 2, 0), file.datasync()];
  file.close();
  expect(fstatSync(fd).isFile()).toBe(true); // another file cannot get its number yet
  await Promise.all(ends);
  expect(file.fd).toBe(-1);
  expect(readFileSync(path, "latin1")).toBe("hi");
  await expect(file.datasync()).rejects.toThrow();
});

it("closes nothing but itself", async () => {
  const folder = await temporaryFolder();
  const file = openRawFile(join(folder, "a"), "wx+", 0o600);
  file.close();
  const next = openSync(join(folder, "b"), "wx");
  file.close();
  expect(fstatSync(next).isFile()).toBe(true);
});

it("says in the last call that it could not be closed", async () => {
  const file = openRawFile(join(await temporaryFolder(), "a"), "wx+", 0o600);
  const { fd } = file;
  const written = file.write(Buffer.from("hi"), 0, 2, 0);
  file.close();
  closeSync(fd); // so that to close it fails, as on a network's disk that is full
  await expect(written).rejects.toThrow(/EBADF|Bad file descriptor/);
});

it("is not made where something is", async () => {
  const path = join(await temporaryFolder(), "a");
  openRawFile(path, "wx+", 0o600).close();
  expect(() => openRawFile(path, "wx+", 0o600)).toThrow("EEXIST");
});
