/** Folds the files of large images, so that a page of them stays small. */

/** A file on the page: path, bytes, layer, the layer that hides it (or 0), owner, and the type of all but plain files. */
export type ExploredFile = readonly [
  path: string,
  size: number,
  layer: number,
  hiddenBy: number,
  owner: string,
  type: string,
];

/** The folders that folded files are counted in have so many parts at most. */
const DEPTH = 5;

/**
 * Folds files until there are few enough: the largest stay, the others of a folder and a layer become
 * one line that says how many they are. Sorted by path.
 */
export function foldFiles(files: readonly ExploredFile[], most: number): ExploredFile[] {
  const byPath = (a: ExploredFile, b: ExploredFile) =>
    a[0] === b[0] ? a[2] - b[2] : a[0] < b[0] ? -1 : 1;
  if (files.length <= most) return files.toSorted(byPath);
  const sorted = files.toSorted((a, b) => b[1] - a[1] || byPath(a, b));
  const kept = sorted.slice(0, Math.floor(most / 2));
  for (let depth = DEPTH; depth >= 0; depth--) {
    const folded = foldInto(sorted.slice(kept.length), depth);
    if (kept.length + folded.length <= most || depth === 0) {
      return [...kept, ...folded].sort(byPath);
    }
  }
  return kept;
}

function foldInto(files: readonly ExploredFile[], depth: number): ExploredFile[] {
  const groups = Map.groupBy(files, ([path, , layer, hiddenBy]) => {
    const folder = path.split("/").slice(0, -1).slice(0, depth + 1).join("/");
    return `${layer} ${hiddenBy} ${folder}`;
  });
  return [...groups].map(([key, group]) => {
    const [, , layer, hiddenBy, owner] = group[0]!;
    const folder = key.split(" ").slice(2).join(" ");
    const size = group.reduce((sum, file) => sum + file[1], 0);
    return [`${folder}/… ${group.length} files`, size, layer, hiddenBy, owner, "folded"];
  });
}
