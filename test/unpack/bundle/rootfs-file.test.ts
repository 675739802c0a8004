/** Files of an image, read without leaving it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRootfsFile } from "../../../src/unpack/bundle/rootfs-file.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** A root in a folder that has an `etc/passwd` of its own, which must not be seen. */
async function rootWith(make: (root: string) => void): Promise<string> {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, "etc"));
  writeFileSync(join(folder, "etc/passwd"), "the host's");
  const root = join(folder, "root");
  mkdirSync(root);
  make(root);
  return `${root}/`;
}

const read = async (make: (root: string) => void) => {
  return await readRootfsFile(await rootWith(make), "/etc/passwd");
};

describe("readInside (T12)", () => {
  it("reads a file, and follows links as a container would", async () => {
    expect(
      await read((root) => {
        mkdirSync(join(root, "etc"));
        writeFileSync(join(root, "etc/passwd"), "own");
      }),
    ).toBe("own");
    expect(
      await read((root) => {
        mkdirSync(join(root, "usr/etc"), { recursive: true });
        symlinkSync("/usr/./etc/", join(root, "etc"));
        symlinkSync("../../../../usr/etc/real", join(root, "usr/etc/passwd"));
        writeFileSync(join(root, "usr/etc/real"), "linked");
      }),
    ).toBe("linked");
  });

  it.each(["../../etc/passwd", "/../etc/passwd", "../../../../../../etc/passwd"])(
    "does not leave by a link to %s",
    async (target) => {
      const made = await read((root) => {
        mkdirSync(join(root, "etc"));
        symlinkSync(target, join(root, "etc/passwd"));
      });
      expect(made).toBeUndefined(); // a link to itself
    },
  );

  it("does not leave by a directory that is a link", async () => {
    expect(await read((root) => symlinkSync("../etc", join(root, "etc")))).toBeUndefined();
    expect(await read((root) => symlinkSync("..", join(root, "etc")))).toBeUndefined();
  });

  it("takes FIFOs and directories for no files, and does not wait", async () => {
    expect(
      await read((root) => {
        mkdirSync(join(root, "etc"));
        execFileSync("mkfifo", [join(root, "etc/passwd")]);
      }),
    ).toBeUndefined();
    expect(await read((root) => mkdirSync(join(root, "etc/passwd"), { recursive: true })))
      .toBeUndefined();
    expect(await read((root) => writeFileSync(join(root, "etc"), ""))).toBeUndefined();
    expect(await read(() => {})).toBeUndefined();
  });

  it("refuses what is too large to be one", async () => {
    const reading = read((root) => {
      mkdirSync(join(root, "etc"));
      writeFileSync(join(root, "etc/passwd"), "");
      truncateSync(join(root, "etc/passwd"), 2 ** 30);
    });
    await expect(reading).rejects.toMatchObject({ code: "LIMIT" });
  });
});
