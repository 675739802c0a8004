/** Trees removed. */
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { clearTree, removeTree } from "../../../src/bytes/disk/remove.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** A tree with a directory that may not be read, a link out of it, and some depth. */
function makeTree(path: string, outside: string): void {
  mkdirSync(join(path, "a/b/c"), { recursive: true });
  for (let i = 0; i < 600; i++) writeFileSync(join(path, `a/b/${i}`), "");
  symlinkSync(outside, join(path, "a/out"));
  writeFileSync(Buffer.concat([Buffer.from(`${path}/a/`), Buffer.from([0xff])]), "");
  chmodSync(join(path, "a/b"), 0);
}

it("removes a tree, and follows no link", async () => {
  const folder = await temporaryFolder();
  const outside = join(folder, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "file"), "");
  makeTree(join(folder, "tree"), outside);
  makeTree(join(folder, "kept"), outside);
  symlinkSync(outside, join(folder, "link"));
  await removeTree(join(folder, "tree"));
  await removeTree(join(folder, "link"));
  await removeTree(join(folder, "nothing"));
  await clearTree(join(folder, "kept"));
  expect(readdirSync(folder).sort()).toEqual(["kept", "outside"]);
  expect(readdirSync(join(folder, "kept"))).toEqual([]);
  expect(readdirSync(outside)).toEqual(["file"]);
});

it.skipIf(process.platform !== "linux")("removes a tree deeper than any path may be", async () => {
  const folder = await temporaryFolder();
  const name = "n".repeat(200);
  const start = process.cwd();
  mkdirSync(join(folder, "tree"));
  try {
    process.chdir(join(folder, "tree"));
    for (let i = 0; i < 30; i++) {
      mkdirSync(name);
      process.chdir(name);
    }
  } finally {
    process.chdir(start);
  }
  await removeTree(join(folder, "tree"));
  expect(readdirSync(folder)).toEqual([]);
});
