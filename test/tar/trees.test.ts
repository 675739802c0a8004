/** Archives of real files, made by GNU tar and Python in all their formats, read by all three. */
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { indexTar } from "../../src/tar/index.ts";
import { type TarInput, writeTar } from "../../src/tar/write.ts";
import {
  asFile,
  inChunks,
  plainly,
  readAll,
  reassemble,
  withoutTrailingZeros,
} from "./support/bytes.ts";
import {
  gnuList,
  gnuTar,
  hasGnuTar,
  hasPython,
  inFile,
  listed,
  python,
  pythonList,
} from "./support/oracles.ts";
import { random } from "./support/random.ts";
import { realFiles } from "./support/tree.ts";

const files = realFiles(150);

describe("the files of this machine", () => {
  it("are enough to be worth a test", () => {
    expect(files.length).toBeGreaterThan(300);
  });

  for (const format of ["v7", "oldgnu", "gnu", "ustar", "posix"]) {
    it.skipIf(!hasGnuTar)(`as GNU tar writes them: ${format}`, async () => {
      const names = /v7|ustar/.test(format) ? files.filter(isShort) : files;
      const options = [`--format=${format}`, "-P", "--no-recursion", "--null", "-cf", "-", "-T"];
      const list = Buffer.from(names.join("\0"));
      await checkAll(inFile(list, (file) => gnuTar([...options, file])), names.length);
    });
  }

  for (const format of ["USTAR", "GNU", "PAX"]) {
    it.skipIf(!hasPython)(`as Python writes them: ${format}`, async () => {
      const script = `
import os, sys, tarfile
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.${format}_FORMAT) as tar:
    for name in sys.stdin.buffer.read().split(b"\\0"):
        tar.add(os.fsdecode(name), recursive=False)`;
      await checkAll(python(script, Buffer.from(files.join("\0"))), files.length);
    });
  }

  it("as we write them", async () => {
    await checkAll(
      await collectStream(writeTar(files.map(input)), 1e9, "the archive"),
      files.length,
    );
  });
});

/** Whether formats without long names can say it. */
function isShort(path: string): boolean {
  const target = lstatSync(path).isSymbolicLink() ? readlinkSync(path) : "";
  return Math.max(path.length, target.length) < 99;
}

function input(path: string): TarInput {
  const stat = lstatSync(path, { bigint: true });
  const fields = {
    mode: Number(stat.mode & 0o7777n),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: stat.mtimeNs,
  };
  if (stat.isDirectory()) return { fields: { ...fields, path: `${path}/`, type: "directory" } };
  if (stat.isSymbolicLink()) {
    return { fields: { ...fields, path, type: "symlink", linkpath: readlinkSync(path) } };
  }
  const content = readFileSync(path);
  return { fields: { ...fields, path, size: content.length }, data: streamBytes(content) };
}

/** The archive as all readers see it, and as it comes back. */
async function checkAll(archive: Buffer, count: number): Promise<void> {
  const { below } = random(count);
  const members = await readAll(inChunks(archive, () => 1 + below(100_000)));
  expect(members.length).toBe(count);
  const ours = members.map(({ entry }) => listed(entry));
  if (hasGnuTar) expect(gnuList(archive)).toEqual(ours);
  if (hasPython) {
    const [theirs] = pythonList(archive);
    expect(theirs).toEqual(members.map(({ entry, sha256 }, n) => {
      const { uname, gname } = entry;
      return { ...ours[n], sha256, uname, gname, pax: Object.fromEntries(entry.pax) };
    }));
  }
  const again = withoutTrailingZeros(reassemble(members));
  expect(again.equals(withoutTrailingZeros(archive))).toBe(true);
  const index = await indexTar(asFile(archive));
  expect(index.members.map(plainly)).toEqual(members.map(plainly));
}
