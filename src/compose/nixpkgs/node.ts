/** Trees of files as values: read once, and then hashed and put into a layer without another look. */
import { diskPathOf, readLink, readNames, readStat } from "../../recipe/files.ts";
import type { NarNode } from "../../nix/formats/nar.ts";
import type { DumpedFile } from "../../nix/store/dump.ts";
import { encodeName } from "../../tar/name.ts";

/** A file, a link or a folder; names and targets are as `decodeName` gives them. */
export type SourceNode = SourceFile | SourceLink | SourceFolder;

/** A file whose content is on disk: a file there, or the part of one that begins at `at`. */
export interface SourceFile {
  readonly type: "file";
  readonly isProgram: boolean;
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  readonly at?: number;
}

/** A symbolic link. */
export interface SourceLink {
  readonly type: "symlink";
  readonly target: string;
}

/** A folder, with what is in it by name. */
export interface SourceFolder {
  readonly type: "directory";
  readonly children: ReadonlyMap<string, SourceNode>;
}

/**
 * Reads the tree below a folder, without the contents of its files.
 * @throws NixociError `NOT_FOUND`, `IO`; `UNSUPPORTED` for devices, FIFOs and sockets.
 */
export function readTree(path: string): SourceNode {
  const { type, mode, size } = readStat(path);
  if (type === "symlink") return { type, target: readLink(path) };
  if (type === "file") return { type, isProgram: (mode & 0o100) !== 0, file: path, size };
  const names = readNames(path).sort();
  return { type, children: new Map(names.map((name) => [name, readTree(`${path}/${name}`)])) };
}

/** Returns the tree as Nix's archives have it. */
export function toNarNode(node: SourceNode): NarNode<DumpedFile> {
  if (node.type === "symlink") return { type: "symlink", target: encodeName(node.target) };
  if (node.type === "file") {
    const { isProgram, file, size, at } = node;
    return { type: "regular", executable: isProgram, file: diskPathOf(file), size, at };
  }
  return {
    type: "directory",
    *entries() {
      for (const [name, child] of node.children) yield [encodeName(name), toNarNode(child)];
    },
  };
}
