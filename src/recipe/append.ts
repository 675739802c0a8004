/**
 * Store paths as `tar -r` appends them to the archive of a root: dockerTools' buildImage has all of an
 * image in one layer, and these are its second half.
 * @see https://github.com/NixOS/nixpkgs/blob/master/pkgs/build-support/docker/default.nix (buildImage)
 */
import { STORE_DIR } from "../nix/formats/store-path.ts";
import { sortByBytes } from "./order.ts";
import type { RecipePath } from "./recipe.ts";
import { diskRootOf, type StoreRoot } from "./store-root.ts";
import { entriesOf, readTreeFile, splitPlace, type TreeFile, type TreeNode } from "./tree/tree.ts";

/** A file by its whole path. */
type PathedFile = readonly [path: string, found: TreeFile];

/** Tells whether a path is appended: all are that stay where they are. */
export function isAppended({ rewrite }: RecipePath): boolean {
  return rewrite === undefined || rewrite.regex === "";
}

/**
 * Gives the files of these paths in the order of their whole paths' bytes, as `sort` has put them: what
 * is in `a` comes after `a-b`. What the root has at the same place is left out.
 */
export function* listAppended(
  paths: readonly RecipePath[],
  tree: TreeNode,
  store: StoreRoot,
): Generator<PathedFile> {
  const { storeDir = STORE_DIR } = store;
  const inRoot = findPlace(tree, storeDir);
  const files = paths.map(({ path, perms }): PathedFile => [
    path,
    readTreeFile(path, perms, diskRootOf(path, store)),
  ]);
  for (const [path, found] of listByWholePaths(files)) {
    if (inRoot === undefined || findPlace(tree, path) === undefined) yield [path, found];
  }
}

/** Lists the folders of the store, the highest first, unless the root has it: `/nix`, `/nix/store`. */
export function listStoreFolders(tree: TreeNode, { storeDir = STORE_DIR }: StoreRoot): string[] {
  if (findPlace(tree, storeDir) !== undefined) return [];
  const parts = splitPlace(storeDir).slice(1);
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
}

function* listByWholePaths(files: readonly PathedFile[]): Generator<PathedFile> {
  const folders = files.filter(([, { stat }]) => stat.type === "directory")
    .map(([path, found]): PathedFile => [`${path}/`, found]);
  for (const [path, found] of sortByBytes([...files, ...folders])) {
    if (path.endsWith("/")) yield* listByWholePaths(listFilesIn(path, found));
    else yield [path, found];
  }
}

function listFilesIn(folder: string, found: TreeFile): PathedFile[] {
  const entries = [...entriesOf({ found, children: undefined })];
  return entries.map(([name, node]) => [folder + name, node.found!]);
}

function findPlace(tree: TreeNode, place: string): TreeNode | undefined {
  let node: TreeNode | undefined = tree;
  for (const part of splitPlace(place)) {
    if (node === undefined) return undefined;
    node = findChild(node, part);
  }
  return node;
}

function findChild(node: TreeNode, name: string): TreeNode | undefined {
  if (node.children) return node.children.get(name);
  for (const [other, child] of entriesOf(node)) if (other === name) return child;
  return undefined;
}
