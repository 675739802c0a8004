/** The files that a command finds: those of the tree, and those that lie on it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readHead } from "../place/program.ts";
import type { BaseTree } from "./base-tree.ts";
import type { BegunTree } from "./begun.ts";
import { type FindEntry, followEntry } from "./follow.ts";

/** A look at the files. */
export interface TreeView {
  readonly find: FindEntry;
  /** Reads the first bytes of a file. */
  readHead(path: string): Promise<Buffer | undefined>;
  /** Reads a small file, wherever links lead; `undefined` where there is none. */
  readText(path: string): Promise<string | undefined>;
}

/** Creates it. */
export function createTreeView(tree: BaseTree, begun: BegunTree): TreeView {
  const diskPathOf = (path: string) => {
    return begun.find(path) === undefined ? join(tree.folder, "tree", path) : undefined;
  };
  const find: FindEntry = (path) => begun.find(path) ?? tree.index.get(path);
  return {
    find,
    async readHead(path) {
      const disk = diskPathOf(path);
      return disk === undefined ? await begun.readHead(path) : readHead(disk);
    },
    async readText(path) {
      const real = followEntry(find, path);
      const disk = diskPathOf(real);
      if (disk === undefined) return await begun.readText(real);
      return tree.index.get(real)?.type === "file" ? readFileSync(disk, "utf8") : undefined;
    },
  };
}
