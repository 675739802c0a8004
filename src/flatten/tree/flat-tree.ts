/** Walks a tree in the order of GNU tar's `--sort=name`. */
import { decodeName } from "../../tar/name.ts";
import type { FileFacts } from "./file-table.ts";
import { ROOT } from "./name-tree.ts";
import { partsOf } from "./path.ts";
import type { LayerTree } from "./layer-tree.ts";
import type { FlatEntry, FlatTree } from "../types.ts";

/** Facts of a directory that no layer describes: what unpacking would give it. */
export const IMPLIED: FileFacts = {
  type: "directory",
  linkpath: "",
  size: 0,
  storedSize: 0,
  sparse: undefined,
  mode: 0o755,
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  mtime: 0n,
  devmajor: 0,
  devminor: 0,
  xattrs: new Map(),
  layer: 0,
};

/**
 * Creates the final file system from a tree that is complete.
 * @param shared files of several names.
 * @param given tells which file the reader has at a node already: its entry is left out, and other
 * names of the file lead there.
 */
export function createFlatTree(
  tree: LayerTree,
  shared: ReadonlySet<number>,
  wants?: (path: string) => boolean,
  given?: (node: number) => number,
): FlatTree {
  const isGiven = (node: number, file: number) => file !== 0 && given?.(node) === file;
  return {
    find(path) {
      const parts = partsOf(path);
      const node = tree.find(parts);
      if (node === 0 || !tree.shows(node)) return undefined;
      return createEntry(tree, node, parts.map(decodeName).join("/"));
    },
    *entries() {
      const firstNames = new Map<number, string>();
      if (given !== undefined && shared.size > 0) {
        for (const { node, path } of walkTree(tree)) {
          const file = tree.fileAt(node);
          if (shared.has(file) && isGiven(node, file)) firstNames.set(file, path);
        }
      }
      for (const { node, path } of wants === undefined ? walkTree(tree) : walkWanted(tree, wants)) {
        const file = tree.fileAt(node);
        if (isGiven(node, file)) continue;
        const first = shared.has(file) ? firstNames.get(file) : undefined;
        if (first === undefined && shared.has(file)) firstNames.set(file, path);
        yield createEntry(tree, node, path, first);
      }
    },
  };
}

interface TreePlace {
  readonly node: number;
  readonly path: string;
  /** The number of directories above it. */
  readonly depth: number;
}

/** Walks the names that are wanted, and before them the directories that lead there. */
function* walkWanted(
  tree: LayerTree,
  wants: (path: string) => boolean,
): Generator<TreePlace, void> {
  /** The directories above; `undefined` is one that has been given already. */
  const way: (TreePlace | undefined)[] = [];
  for (const place of walkTree(tree)) {
    const isWanted = wants(place.path);
    way.length = place.depth;
    if (isWanted) {
      for (const [depth, above] of way.entries()) {
        if (above !== undefined) yield above;
        way[depth] = undefined;
      }
      yield place;
    }
    way.push(isWanted ? undefined : place);
  }
}

/** Walks all names that show, parents first, in byte order. */
function* walkTree(tree: LayerTree): Generator<TreePlace, void> {
  yield { node: ROOT, path: "", depth: 0 };
  const open = [{ nodes: listChildren(tree, ROOT), prefix: "" }];
  while (open.length > 0) {
    const { nodes, prefix } = open.at(-1)!;
    const node = nodes.pop();
    if (node === undefined) {
      open.pop();
      continue;
    }
    const path = prefix + decodeName(tree.names.nameOf(node));
    yield { node, path, depth: open.length };
    const below = listChildren(tree, node);
    if (below.length > 0) open.push({ nodes: below, prefix: `${path}/` });
  }
}

/** A directory, and whether the archive needs it. */
interface FolderOnWay {
  readonly node: number;
  readonly path: string;
  /** Those that are still to be looked at. */
  readonly nodes: number[];
  isNeeded: boolean;
}

/**
 * Yields the entries of directories that are wanted, or lead to something that is, each after all
 * that lies in it.
 */
export function* listFoldersUp(
  tree: LayerTree,
  wants: (path: string) => boolean = () => true,
): Generator<FlatEntry, void> {
  const beginFolder = (node: number, path: string): FolderOnWay => {
    return { node, path, nodes: listChildren(tree, node), isNeeded: wants(path) };
  };
  const way = [beginFolder(ROOT, "")];
  for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
    const node = top.nodes.pop();
    if (node !== undefined) {
      const path = (top.path && `${top.path}/`) + decodeName(tree.names.nameOf(node));
      const file = tree.fileAt(node);
      if (file === 0 || tree.files.isDirectory(file)) way.push(beginFolder(node, path));
      else top.isNeeded ||= wants(path);
      continue;
    }
    way.pop();
    if (!top.isNeeded) continue;
    yield createEntry(tree, top.node, top.path);
    const above = way.at(-1);
    if (above !== undefined) above.isNeeded = true;
  }
}

function createEntry(tree: LayerTree, node: number, path: string, linkTo?: string): FlatEntry {
  const file = tree.fileAt(node);
  return file === 0 ? { path, file, linkTo, ...IMPLIED } : tree.files.entryOf(file, path, linkTo);
}

/** Lists the nodes that show directly below a node, the last name first. */
function listChildren(tree: LayerTree, node: number): number[] {
  const nodes: number[] = [];
  for (const child of tree.names.childrenOf(node)) if (tree.shows(child)) nodes.push(child);
  return nodes.sort((a, b) => tree.names.compare(b, a));
}
