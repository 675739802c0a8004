/** Random trees, as Python's tarfile archives them by dockerTools' rules, and as GNU tar reads them. */
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { encodeName } from "../../src/tar/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { gnuList, hasGnuTar, hasPython, listed } from "../tar/support/oracles.ts";
import { type Random, random } from "../tar/support/random.ts";
import { rawNames } from "../nix/support/tree.ts";
import { entriesIn, layerBytes } from "./support/bytes.ts";

/** What dockerTools asks of tarfile, for a store below a root. */
const SCRIPT = `
import hashlib, os, pathlib, sys, tarfile
root, mtime, paths = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
class Sum:
    def __init__(self): self.hash = hashlib.sha256()
    def write(self, data): self.hash.update(data)
def owned(info):
    info.mtime, info.uid, info.gid, info.uname, info.gname = mtime, 1000, 100, "jörg", "users"
    return info
out = Sum()
with tarfile.open(fileobj=out, mode="w|") as tar:
    for name in ["/nix", "/nix/store"]:
        info = tarfile.TarInfo(name)
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(owned(info))
    for path in map(pathlib.Path, paths):
        real = pathlib.Path(root + str(path))
        for file in sorted([real] if real.is_symlink() else [real, *real.rglob("*")]):
            info = tar.gettarinfo(file)
            info.name = str(file)[len(root):]
            if info.islnk():
                info.type, info.linkname, info.size = tarfile.REGTYPE, "", os.stat(file).st_size
            if info.isfile():
                with open(file, "rb") as data: tar.addfile(owned(info), data)
            else: tar.addfile(owned(info))
print("sha256:" + out.hash.hexdigest())
`;

const PARTS = ["a", "a-b", "a.b", "Z", "é", "日本", "\u{1f600}", "\uffee", " ", "n".repeat(97)];

/** Some levels of folders with files, links and hard links, under names that are hard to sort. */
function grow(at: string, random: Random, depth: number): void {
  mkdirSync(onDisk(at));
  const files: string[] = [];
  for (const part of PARTS) {
    const raw = rawNames && random.chance(0.1) ? "\udcff" : "";
    const path = `${at}/${part}${raw}${random.chance(0.3) ? "x".repeat(random.below(60)) : ""}`;
    const kind = random.below(6);
    if (kind === 0 && depth > 0) grow(path, random, depth - 1);
    else if (kind === 1) symlinkSync(`${"../".repeat(random.below(50))}é`, onDisk(path));
    else if (kind === 2 && files.length > 0) linkSync(onDisk(random.pick(files)), onDisk(path));
    else if (kind > 2) {
      writeFileSync(onDisk(path), Buffer.alloc(random.below(3000), 7));
      chmodSync(onDisk(path), random.pick([0o444, 0o555, 0o644, 0o4755]));
      files.push(path);
    }
  }
}

const onDisk = (path: string): string | Buffer => path.isWellFormed() ? path : encodeName(path);

describe("layers of random trees", () => {
  const seeds = [1, 2, 3];

  it.runIf(hasPython).each(seeds)("are what Python makes of them (%i)", async (seed) => {
    const { root, paths } = await storeOf(seed);
    const owner = { mtime: seed * 1000, uid: 1000, gid: 100, uname: "jörg", gname: "users" };
    const recipe = {
      style: "dockertools",
      paths: paths.map((path) => ({ path })),
      ...owner,
    } as const;
    const { stdout, stderr } = spawnSync(
      "python3",
      ["-c", SCRIPT, root, String(owner.mtime), ...paths],
      { encoding: "utf8", env: { ...process.env, PYTHONUTF8: "1" } },
    );
    expect(stderr).toBe("");
    expect(digestOf(layerBytes(recipe, { root }))).toBe(stdout.trim());
  });

  it.runIf(hasGnuTar).each(seeds)("are read by GNU tar as by us (%i)", async (seed) => {
    const { root, paths } = await storeOf(seed);
    for (const style of ["dockertools", "nix2container"] as const) {
      const bytes = layerBytes({ style, paths: paths.map((path) => ({ path })) }, { root });
      const ours = (await entriesIn(bytes)).map(listed);
      expect(ours.length).toBeGreaterThan(10);
      expect(gnuList(bytes)).toEqual(ours.map((one) => ({ ...one, path: one.path || "" })));
    }
  });
});

async function storeOf(seed: number): Promise<{ root: string; paths: string[] }> {
  const root = await temporaryFolder();
  mkdirSync(`${root}/nix/store`, { recursive: true });
  const numbers = random(seed);
  const paths = ["/nix/store/b-tree", "/nix/store/a-tree"];
  for (const path of paths) grow(root + path, numbers, 2);
  symlinkSync("b-tree", `${root}/nix/store/link`);
  writeFileSync(`${root}/nix/store/file`, "x");
  return { root, paths: [...paths, "/nix/store/link", "/nix/store/file"] };
}
