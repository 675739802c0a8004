/** Makes the folders of a tree while its layers are read, so that contents are written where they belong. */
import type { Buffer } from "node:buffer";
import { rmdirSync } from "node:fs";
import { isSystemError } from "../base/errors.ts";
import { Column } from "../flatten/tree/columns.ts";
import type { LayerTree } from "../flatten/tree/layer-tree.ts";
import { ROOT } from "../flatten/tree/name-tree.ts";
import { decodeName, isEscaped } from "../tar/name.ts";
import type { Naming } from "./naming.ts";
import { makeIfNew, openIfNew } from "./new-names.ts";

/** The places of contents in a tree that is being read. */
export interface Places {
  /**
   * Opens a new file at a node's path, for the content of that number, and makes the folders that lead
   * there. `undefined` where it has to wait, until it is known what the layer says last.
   */
  open(node: number, file: number, mode: number): number | undefined;
  /** Returns the path where a content is; `undefined` if it is not in the tree. */
  pathOf(file: number): string | undefined;
  /** Tells whether the folder has been made. */
  hasFolder(path: string | Buffer): boolean;
  /**
   * Has contents moved away that show under other names or not at all, and removes folders that hold
   * nothing.
   */
  clear(move: (path: string, file: number) => void): void;
}

/**
 * Creates places in a tree that is empty, in a directory of ours that nobody else can reach. What is
 * made there before all layers are proved are folders and files: no link can lead anything astray.
 */
export function createPlaces(tree: LayerTree, names: Naming): Places {
  const folders = new Set<string>();
  const nodes = new Column(Uint32Array);
  let files = 0;
  let last = { node: ROOT, path: names.base };
  /** Something was in the way, so that folders may hold nothing. */
  let isUneven = false;

  /** Returns the path of a node that has been opened. */
  const pathOf = (node: number): string => names.base + tree.pathOf(node);
  /** Makes the folders that lead to a node, and returns its path; `undefined` if there can be none. */
  const makeWay = (node: number): string | undefined => {
    const folder = makeFolder(tree.names.parentOf(node));
    const name = decodeName(tree.names.nameOf(node));
    return folder === undefined || isEscaped(name) ? undefined : folder + name;
  };
  /** Makes a folder, if it is not there, and returns its path with a slash at its end. */
  const makeFolder = (node: number): string | undefined => {
    if (node === last.node) return last.path;
    if (node === ROOT) return names.base;
    const path = makeWay(node);
    if (path === undefined || !(folders.has(path) || makeIfNew(path))) return undefined;
    folders.add(path);
    last = { node, path: `${path}/` };
    return last.path;
  };
  return {
    open(node, file, mode) {
      const path = makeWay(node);
      const fd = path === undefined ? undefined : openIfNew(path, mode);
      if (fd === undefined) {
        isUneven = true;
        return undefined;
      }
      nodes.reserve(file);
      nodes.set(file, node);
      files = Math.max(files, file);
      return fd;
    },
    pathOf(file) {
      const node = file > files ? 0 : nodes.get(file);
      return node === 0 ? undefined : pathOf(node);
    },
    hasFolder: (path) => typeof path === "string" && folders.has(path),
    clear(move) {
      for (let file = 1; file <= files; file++) {
        const node = nodes.get(file);
        if (node === 0 || tree.fileAt(node) === file) continue;
        isUneven = true;
        move(pathOf(node), file);
        nodes.set(file, 0);
      }
      // Those that are in others come after them.
      for (const path of isUneven ? [...folders].reverse() : []) {
        if (removeIfEmpty(path)) folders.delete(path);
      }
      last = { node: ROOT, path: names.base };
    },
  };
}

function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    // Solaris and its heirs say that there is something.
    if (isSystemError(error, "ENOTEMPTY", "EEXIST")) return false;
    throw error;
  }
}
