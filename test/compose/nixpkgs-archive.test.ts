/** Archives of nixpkgs as trees: what Nix would have unpacked, or an error in a line. */
import { mkdtempSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readArchiveTree } from "../../src/compose/nixpkgs/archive.ts";
import type { SourceNode } from "../../src/compose/nixpkgs/node.ts";
import type { TarFields } from "../../src/tar/entry.ts";
import { writeTar } from "../../src/tar/write.ts";
import { temporaryFolder } from "../support/folder.ts";

type Member = TarFields & { readonly text?: string };

async function readMembers(...members: Member[]) {
  const folder = mkdtempSync(join(await temporaryFolder(), "a-"));
  const pack = join(folder, "contents");
  const written = members.map(({ text, ...fields }) =>
    text === undefined ? { fields } : {
      fields: { ...fields, size: text.length },
      data: Buffer.from(text),
    }
  );
  const tree = await readArchiveTree(writeTar(written), pack);
  return { tree, contents: await readFile(pack, "utf8") };
}

/** The lines of a tree: its files with their contents. */
function linesOf(node: SourceNode, contents: string, path = ""): string[] {
  if (node.type === "symlink") return [`${path} -> ${node.target}`];
  if (node.type === "file") {
    const text = contents.slice(node.at, node.at! + node.size);
    return [`${path}${node.isProgram ? "*" : ""} = ${text}`];
  }
  const below = [...node.children].flatMap(([name, one]) =>
    linesOf(one, contents, `${path}/${name}`)
  );
  return [`${path}/`, ...below];
}

it("reads files, links and folders, whatever order they come in", async () => {
  const { tree, contents } = await readMembers(
    { path: "top/a/late", text: "before its folder" },
    { path: "./top/a/", type: "directory" },
    { path: "top/run", text: "first", mode: 0o755 },
    { path: "top/link", type: "symlink", linkpath: "a/late" },
    { path: "top/other", type: "hardlink", linkpath: "top/run" },
    { path: "top/run", text: "second", mode: 0o644 },
    { path: "top/link", text: "no link any more" },
    { path: "top/empty", text: "" },
  );
  expect(linesOf(tree, contents)).toEqual([
    "/",
    "/top/",
    "/top/a/",
    "/top/a/late = before its folder",
    "/top/run = second",
    "/top/link = no link any more",
    "/top/other* = first",
    "/top/empty = ",
  ]);
});

it.each<[string, Member[], string]>([
  [
    "leads out",
    [{ path: "top/../../a", text: "" }],
    'UNSAFE "top/../../a" leads out of the archive',
  ],
  ["is a device", [{ path: "top/tty", type: "char" }], 'UNSUPPORTED "top/tty" is a char, which'],
  [
    "lies below a file",
    [{ path: "top", text: "" }, { path: "top/a", text: "" }],
    'MALFORMED "top/a" cannot be unpacked: "top" is not a folder',
  ],
  [
    "lies below a link",
    [{ path: "top", type: "symlink", linkpath: "/" }, { path: "top/a", text: "" }],
    'MALFORMED "top/a" cannot be unpacked: "top" is not a folder',
  ],
  [
    "takes a folder's place",
    [{ path: "top", type: "directory" }, { path: "top", text: "" }],
    'MALFORMED "top" cannot be unpacked: a folder is there already',
  ],
  [
    "is another name of nothing",
    [{ path: "top/a", type: "hardlink", linkpath: "top/b" }],
    'MALFORMED "top/a" cannot be unpacked: it is another name of "top/b", which is not a file before it',
  ],
])("refuses a member that %s", async (_, members, message) => {
  const error = await readMembers(...members).then(() => undefined, (error) => error);
  expect(`${error?.code} ${error?.message}`).toContain(message);
});
