import { randomBytes } from "node:crypto";
import { readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTemporaryName } from "../../../src/bytes/disk/owner.ts";
import { openOutput } from "../../../src/bytes/disk/open-output.ts";
import { temporaryFolder } from "../../support/folder.ts";

async function writeOne(path: string): Promise<void> {
  const output = await openOutput(path);
  await output.write(Buffer.from("x"));
  await output.commit();
  await output[Symbol.asyncDispose]();
}

it("clears up what a killed copy left beside the file", async () => {
  const [folder, links] = [await temporaryFolder(), await temporaryFolder()];
  await symlink(join(folder, "a.tar"), join(links, "link.tar"));
  // No process has this pid: it is larger than any.
  const leftOver = makeTemporaryName().replace(`-${process.pid}-`, "-99999999-");
  for (const path of [join(folder, "a.tar"), join(links, "link.tar")]) {
    await writeFile(join(folder, leftOver), "half of an archive");
    await writeOne(path);
    expect(await readdir(folder)).toEqual(["a.tar"]);
  }
});

it.each(["gzip", "gzip-portable", "zstd"] as const)(
  "packed with %s, says why it cannot be written",
  async (compress) => {
    const full = {
      write: () => Promise.reject(new Error("it is full")),
      commit: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    await using output = await openOutput("out", {
      compress,
      through: () => Promise.resolve(full),
    });
    const fill = async () => {
      for (;;) await output.write(randomBytes(1 << 20));
    };
    await expect(fill()).rejects.toThrow("it is full");
  },
);
