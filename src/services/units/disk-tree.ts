/** A folder on disk as a tree of units. */
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError } from "../../base/errors.ts";
import type { UnitNode, UnitTree } from "./unit-tree.ts";

/** Makes the tree of a folder, which is its root: no link leads out of it. */
export function createDiskTree(root: string): UnitTree {
  return { look: (path) => openNode(join(root, path)) };
}

async function openNode(path: string): Promise<UnitNode | undefined> {
  try {
    const facts = await lstat(path);
    if (facts.isSymbolicLink()) return { kind: "link", target: await readlink(path) };
    if (facts.isDirectory()) return { kind: "folder", names: await readdir(path) };
    return facts.isFile() ? { kind: "file", read: () => readFile(path, "utf8") } : undefined;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
