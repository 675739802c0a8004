/** Folders joined into a farm of links, as lndir joins them. */
import { spawnSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { joinFolders } from "../../../src/compose/farm/join.ts";
import type { MadeEntry } from "../../../src/recipe/mod.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { random } from "../../tar/support/random.ts";

/** Makes a folder of files; `-> text` is a link, and a name with a slash at its end a folder. */
async function tree(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (name.endsWith("/")) continue;
    if (text.startsWith("-> ")) symlinkSync(text.slice(3), path);
    else writeFileSync(path, text);
  }
  return root;
}

const farmOf = (folders: readonly string[], there: readonly MadeEntry[] = []) =>
  joinFolders(folders.map((path) => ({ path, folder: path, isLinked: true })), there);

/** `path` of a folder, `path -> target` of a link, sorted. */
function said(made: readonly MadeEntry[]): string[] {
  return made.map((one) =>
    one.type === "symlink" ? `${one.path} -> ${one.target}` : `${one.path} ${one.type}`
  ).sort();
}

/** The same of a folder on disk. */
function listDisk(root: string, below = ""): string[] {
  return readdirSync(root + below).flatMap((name) => {
    const path = `${below}/${name}`;
    const stat = lstatSync(root + path);
    if (stat.isSymbolicLink()) return [`${path} -> ${readlinkSync(root + path)}`];
    return [`${path} directory`, ...listDisk(root, path)];
  }).sort();
}

const hasLndir = spawnSync("lndir", ["-silent"]).error === undefined;

/** What lndir makes of the folders. Debian's crashes where two texts of links have `//`. */
async function linked(folders: readonly string[]): Promise<string[]> {
  const to = await temporaryFolder();
  for (const folder of folders) {
    expect(spawnSync("lndir", ["-silent", folder, to]).signal).toBe(null);
  }
  return listDisk(to);
}

const NAMES = ["a", "b", "c", "bin", "x~", "CVS", ".svn", "RCS", ".gitignore", "é"];

function grow(seed: number): Record<string, string> {
  const numbers = random(seed);
  const files: Record<string, string> = {};
  const fill = (folder: string, depth: number): void => {
    for (const name of NAMES) {
      const kind = numbers.below(6);
      if (kind === 0) continue;
      const path = folder + name;
      if (kind < 3 && depth > 0) {
        files[`${path}/`] = "";
        fill(`${path}/`, depth - 1);
      } else if (kind < 4) {
        files[path] = `-> ${numbers.pick(["a", "../b", "/nix/store/x"])}`;
      } else files[path] = "text";
    }
  };
  fill("", 2);
  return files;
}

describe("a farm", () => {
  it.skipIf(!hasLndir).each([1, 2, 3, 4, 5, 6, 7, 8])(
    "is what lndir makes of random folders: %i",
    async (seed) => {
      const folders = await Promise.all([seed, seed + 100, seed + 200].map((s) => tree(grow(s))));
      expect(said(farmOf(folders).made)).toEqual(await linked(folders));
    },
  );

  it("links to files, keeps the text of links, and joins folders", async () => {
    const a = await tree({ "bin/a": "x", "lib/l.so": "-> l.so.1", "share": "-> /nix/store/x" });
    const b = await tree({ "bin/b": "x", "empty/": "" });
    expect(said(farmOf([a, b]).made)).toEqual([
      `/bin directory`,
      `/bin/a -> ${a}/bin/a`,
      `/bin/b -> ${b}/bin/b`,
      `/empty directory`,
      `/lib directory`,
      `/lib/l.so -> l.so.1`,
      `/share -> /nix/store/x`,
    ].sort());
  });

  it("links through the name of a content, wherever that leads", async () => {
    const folder = await tree({ "dir/f": "x" });
    const { made } = joinFolders([{ path: "/nix/store/alias", folder, isLinked: true }], []);
    expect(said(made)).toEqual(["/dir directory", "/dir/f -> /nix/store/alias/dir/f"]);
  });

  it("takes the first of two files, and tells of the other", async () => {
    const [a, b] = [await tree({ f: "1", g: "1" }), await tree({ f: "2", h: "2" })];
    const { made, conflicts } = farmOf([a, b]);
    expect(said(made)).toContain(`/f -> ${a}/f`);
    expect(conflicts).toEqual([
      { winner: a, there: "symlink", loser: b, isFolder: false, lost: ["/f"] },
    ]);
  });

  it("says nothing of links that are equal", async () => {
    const [a, b] = [await tree({ f: "-> /x//y" }), await tree({ f: "-> /x/y" })];
    expect(farmOf([a, b]).conflicts).toEqual([]);
  });

  it("leaves a folder out that comes to lie on a link, and names all that is lost", async () => {
    const link = await tree({ "bin/x": "1", "sbin": "-> bin" });
    const folder = await tree({ "sbin/y": "2", "sbin/deep/z": "3" });
    const one = farmOf([link, folder]);
    expect(said(one.made)).toContain("/sbin -> bin");
    expect(one.conflicts).toEqual([{
      winner: link,
      there: "symlink",
      loser: folder,
      isFolder: true,
      lost: ["/sbin/deep/z", "/sbin/y"],
    }]);
    const other = farmOf([folder, link]);
    expect(said(other.made)).toContain(`/sbin/y -> ${folder}/sbin/y`);
    expect(other.conflicts).toEqual([
      { winner: folder, there: "directory", loser: link, isFolder: false, lost: ["/sbin"] },
    ]);
  });

  it("is laid over what is there, which stays", async () => {
    const a = await tree({ "etc/passwd": "x", "etc/hosts": "y" });
    const there: MadeEntry[] = [
      { type: "file", path: "/etc/passwd", content: "root" },
      { type: "directory", path: "/etc", mode: 0o700 },
    ];
    const { made, conflicts } = farmOf([a], there);
    expect(made).toContainEqual({ type: "directory", path: "/etc", mode: 0o700 });
    expect(said(made)).toEqual([
      "/etc directory",
      `/etc/hosts -> ${a}/etc/hosts`,
      "/etc/passwd file",
    ]);
    expect(conflicts).toMatchObject([{ winner: "", lost: ["/etc/passwd"] }]);
  });

  it("has copies of a folder that is in no store", async () => {
    const folder = await tree({ "etc/motd": "hi", "l": "-> etc" });
    const { made } = joinFolders([{ path: folder, folder, isLinked: false }], []);
    expect(made).toMatchObject([
      { type: "directory", path: "/etc", mode: 0o755 },
      { type: "file", path: "/etc/motd", mode: 0o644, content: { file: `${folder}/etc/motd` } },
      { type: "symlink", path: "/l", target: "etc" },
    ]);
  });

  it("does not follow links, so that one to its own folder ends", async () => {
    const folder = await tree({ "zone/posix": "-> .", "zone/UTC": "x" });
    expect(said(farmOf([folder]).made)).toContain("/zone/posix -> .");
  });
});
