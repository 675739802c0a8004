/**
 * The tree of an archive, read in one pass: contents go into one file one after the other, for tens of
 * thousands of small files cost more to make, to find and to remove than all else that is done with them.
 */
import { open } from "node:fs/promises";
import { NixociError } from "../../base/errors.ts";
import { createFileWriter } from "../../bytes/disk/file-writer.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { LAYER_BOUNDS } from "../../image/layer/bounds.ts";
import { hasContent } from "../../tar/entry.ts";
import { expandSparse } from "../../tar/sparse.ts";
import { quoteName } from "../../tar/name.ts";
import { readTar, type TarMember } from "../../tar/read.ts";
import type { SourceFile, SourceNode } from "./node.ts";

/** A folder that is still being filled. */
interface GrowingFolder {
  readonly type: "directory";
  readonly children: Map<string, SourceNode>;
}

/**
 * Reads an archive.
 * @param pack the file that contents go to, which is made.
 * @throws NixociError `MALFORMED` as `readTar` does, and where one member is in another's way; `UNSAFE`
 * for names that lead out; `UNSUPPORTED` for devices and FIFOs; `LIMIT` for more members than any tree
 * has; `IO`.
 */
export async function readArchiveTree(
  archive: ByteStream,
  pack: string,
  signal?: AbortSignal,
): Promise<GrowingFolder> {
  const root = createFolder();
  const handle = await open(pack, "wx", 0o600);
  try {
    const writer = createFileWriter(handle);
    let at = 0;
    let count = 0;
    for await (const member of readTar(archive)) {
      signal?.throwIfAborted();
      if (++count > LAYER_BOUNDS.maxEntries) throw countError();
      const { entry } = member;
      const isFile = hasContent(entry.type);
      const parts = splitName(entry.path);
      if (isFile) {
        const whole = entry.sparse === undefined ? member.data.whole?.() : undefined;
        if (whole !== undefined) await writer.write(whole);
        else for await (const chunk of expandSparse(entry, member.data)) await writer.write(chunk);
      }
      addMember(root, parts, isFile ? fileOf(entry, pack, at) : nodeOf(root, member));
      if (isFile) at += entry.size;
    }
    await writer.drain();
    return root;
  } finally {
    await handle.close();
  }
}

function createFolder(): GrowingFolder {
  return { type: "directory", children: new Map() };
}

function fileOf({ mode, size }: TarMember["entry"], file: string, at: number): SourceFile {
  return { type: "file", isProgram: (mode & 0o100) !== 0, file, size, at };
}

/** Returns the node of a member without content. */
function nodeOf(root: GrowingFolder, { entry: { type, path, linkpath } }: TarMember): SourceNode {
  if (type === "directory") return createFolder();
  if (type === "symlink") return { type, target: linkpath };
  if (type !== "hardlink") {
    throw new NixociError(
      "UNSUPPORTED",
      `${quoteName(path)} is a ${type}, which Nix's store cannot hold`,
    );
  }
  const target = findNode(root, splitName(linkpath));
  if (target !== undefined && target.type !== "directory") return target;
  throw malformedError(
    path,
    `it is another name of ${quoteName(linkpath)}, which is not a file before it`,
  );
}

function findNode(root: SourceNode, parts: readonly string[]): SourceNode | undefined {
  let node: SourceNode | undefined = root;
  for (const part of parts) node = node?.type === "directory" ? node.children.get(part) : undefined;
  return node;
}

/** Adds a node: of two files the later one counts, and a folder may be said again. */
function addMember(root: GrowingFolder, parts: readonly string[], node: SourceNode): void {
  const name = parts.at(-1);
  if (name === undefined) {
    if (node.type === "directory") return;
    throw malformedError(".", "the top of an archive is a folder");
  }
  let folder = root;
  for (const part of parts.slice(0, -1)) folder = openFolder(folder, part, parts);
  if (node.type === "directory") openFolder(folder, name, parts);
  else if (folder.children.get(name)?.type === "directory") {
    throw malformedError(parts.join("/"), "a folder is there already");
  } else folder.children.set(name, node);
}

function openFolder(above: GrowingFolder, name: string, parts: readonly string[]): GrowingFolder {
  const there = above.children.get(name);
  if (there?.type === "directory") return there as GrowingFolder;
  if (there !== undefined) {
    throw malformedError(parts.join("/"), `${quoteName(name)} is not a folder`);
  }
  const made = createFolder();
  above.children.set(name, made);
  return made;
}

function splitName(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (!parts.includes("..")) return parts;
  throw new NixociError("UNSAFE", `${quoteName(path)} leads out of the archive`, {
    hint: "it is malicious or broken: do not use it",
  });
}

function malformedError(path: string, why: string): NixociError {
  return new NixociError("MALFORMED", `${quoteName(path)} cannot be unpacked: ${why}`);
}

function countError(): NixociError {
  return new NixociError("LIMIT", `it has more than ${LAYER_BOUNDS.maxEntries} members`, {
    hint: "unpack it yourself, and name the folder, if that is right",
  });
}
