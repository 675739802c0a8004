/** Files of an artifact stay below their folder, whatever its author has put where. */
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { createArtifact } from "../../src/artifact/create.ts";
import { TITLE, UNPACK, UNPACKED_DIGEST } from "../../src/artifact/titles.ts";
import { writeArtifactFiles } from "../../src/artifact/write-files.ts";
import { digestOf } from "../../src/bytes/digest.ts";
import { type Content, contentOf } from "../../src/image/content.ts";
import { archiveOf, type Members } from "../support/archives.ts";
import { temporaryFolder } from "../support/folder.ts";

const DIRECTORY = { type: "directory", mode: 0o755 } as const;
const linkTo = (linkpath: string) => ({ type: "symlink", linkpath, mode: 0o777 }) as const;

let [victim, out]: string[] = [];

beforeEach(async () => {
  const folder = await temporaryFolder();
  [victim, out] = ["victim", "out"].map((name) => join(folder, name)) as [string, string];
  await mkdir(join(victim!, "b"), { recursive: true });
  await writeFile(join(victim!, "file"), "untouched");
});

function titled(title: string, bytes: Uint8Array, more = {}): Content {
  const made = contentOf("application/vnd.oci.image.layer.v1.tar", bytes);
  return { ...made, descriptor: { ...made.descriptor, annotations: { [TITLE]: title, ...more } } };
}

const file = (title: string, text: string) => titled(title, Buffer.from(text));

async function folderOf(title: string, members: Members): Promise<Content> {
  const bytes = await archiveOf(members);
  return titled(title, bytes, { [UNPACK]: "true", [UNPACKED_DIGEST]: digestOf(bytes) });
}

function pull(...blobs: Content[]): Promise<string[]> {
  return writeArtifactFiles(createArtifact({ type: "application/vnd.x", blobs }), out!);
}

async function expectUntouched(): Promise<void> {
  expect((await readdir(victim!)).sort()).toEqual(["b", "file"]);
  expect(await readFile(join(victim!, "file"), "utf8")).toBe("untouched");
}

describe("files of an artifact", () => {
  it("do not follow a link that a folder of the same artifact has brought", async () => {
    const folder = await folderOf("a", { "a/": DIRECTORY, "a/x": linkTo(victim!) });
    for (const title of ["a/x/file", "a/x/new/file"]) {
      await expect(pull(folder, file(title, "evil"))).rejects.toMatchObject({ code: "UNSAFE" });
      await expectUntouched();
      out += "+";
    }
  });

  it("do not follow a link that is there, above or at their own names", async () => {
    await mkdir(out!);
    await symlink(victim!, join(out!, "x"));
    await symlink(join(victim!, "file"), join(out!, "y"));
    const inside = await folderOf("x/c", { "x/": DIRECTORY, "x/c/": DIRECTORY });
    for (const blob of [file("x/file", "evil"), file("y", "evil"), inside]) {
      await expect(pull(blob)).rejects.toMatchObject({ code: "UNSAFE" });
      await expectUntouched();
    }
  });

  it("move nothing of this machine to where a folder is wanted", async () => {
    const folder = await folderOf("a/b", { "a": linkTo(victim!) });
    await expect(pull(folder)).rejects.toMatchObject({ code: "MALFORMED" });
    await expectUntouched();
  });

  it.each<[string, Members]>([
    ["has another name", { "b/": DIRECTORY, "b/c": Buffer.from("c") }],
    ["has more than the folder", { "a/": DIRECTORY, "b": Buffer.from("b") }],
    ["has a link for the folder", { "a": linkTo("b") }],
    ["has a file for the folder", { "a": Buffer.from("a") }],
  ])("are refused where an archive %s", async (_what, members) => {
    const folder = await folderOf("a", members);
    await expect(pull(folder)).rejects.toMatchObject({ code: "MALFORMED" });
    await expect(readdir(out!)).rejects.toMatchObject({ code: "ENOENT" }); // it was not there before
    await mkdir(out!);
    await expect(pull(folder)).rejects.toMatchObject({ code: "MALFORMED" });
    expect(await readdir(out!)).toEqual([]);
  });

  it("may be there already, where a folder is the same in every way", async () => {
    const text = Buffer.from("c");
    const members = { "a/": DIRECTORY, "a/x": linkTo("c"), "a/c": text };
    await pull(await folderOf("a", members));
    const { ino } = await lstat(join(out!, "a"));
    await pull(await folderOf("a", members));
    expect((await lstat(join(out!, "a"))).ino).toBe(ino);
    const others: Members[] = [
      { ...members, "a/c": Buffer.from("d") },
      { ...members, "a/": { ...DIRECTORY, mode: 0o700 } },
      { ...members, "a/x": linkTo("d") },
      { ...members, "a/y": text },
      { "a/": DIRECTORY, "a/x": linkTo("c") },
    ];
    for (const other of others) {
      await expect(pull(await folderOf("a", other))).rejects.toMatchObject({ code: "EXISTS" });
    }
    expect((await readdir(out!, { recursive: true })).sort()).toEqual(["a", "a/c", "a/x"]);
  });

  it("may have links in them, lie in folders, and go through a link to their folder", async () => {
    await mkdir(`${out}-real`);
    await symlink(`${out}-real`, out!);
    const members = { "a/b/": DIRECTORY, "a/b/x": linkTo("c"), "a/b/c": Buffer.from("c") };
    await pull(await folderOf("a/b", members), file("a/d", "d"), file("e", "e"));
    expect((await readdir(out!, { recursive: true })).sort())
      .toEqual(["a", "a/b", "a/b/c", "a/b/x", "a/d", "e"]);
    expect((await lstat(join(out!, "a/b/x"))).isSymbolicLink()).toBe(true);
    await expectUntouched();
  });
});
