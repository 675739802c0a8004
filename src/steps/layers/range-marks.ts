/** The marks that several layers leave in the one that takes their place. */
import type { FlatEntry, FlatTree } from "../../flatten/types.ts";
import { IMPLIED } from "../../flatten/tree/flat-tree.ts";
import { entryPathOf, markOf, partsOf } from "../../flatten/tree/path.ts";
import { OPAQUE, whiteoutOf } from "../../image/layer/whiteout.ts";
import { decodeName } from "../../tar/name.ts";
import type { TarEntry } from "../../tar/entry.ts";

/** The things of layers that hide what is below them. */
export interface RangeMarks {
  /** Hears of a member; of the newest layer's first. */
  note(entry: TarEntry): void;
  /** Adds the marks to what the layers show together, each behind its directory. */
  addTo(tree: FlatTree): FlatTree;
}

/** Creates it; nothing is hidden yet. */
export function createRangeMarks(): RangeMarks {
  const gone = new Set<string>();
  const opaque = new Set<string>();
  const directories = new Set<string>();
  return {
    note({ path, type }) {
      const parts = partsOf(path);
      const mark = markOf(parts, path);
      const parent = parts.slice(0, -1).map(decodeName);
      if (mark?.kind === "whiteout") gone.add([...parent, decodeName(mark.hidden)].join("/"));
      else if (mark?.kind === "opaque") opaque.add(parent.join("/"));
      else if (type === "directory") directories.add(entryPathOf(path));
      // A file that becomes a directory again has hidden what an older one held.
      else if (directories.has(entryPathOf(path))) opaque.add(entryPathOf(path));
    },
    addTo: (tree) => ({ ...tree, entries: () => listWithMarks(tree, { gone, opaque }) }),
  };
}

interface Hidden {
  readonly gone: ReadonlySet<string>;
  readonly opaque: ReadonlySet<string>;
}

function* listWithMarks(tree: FlatTree, hidden: Hidden): Iterable<FlatEntry> {
  const marks = groupMarks(tree, hidden);
  const take = function* (folder: string): Iterable<FlatEntry> {
    for (const name of (marks.get(folder) ?? []).sort()) yield createMark(folder, name);
    marks.delete(folder);
  };
  // Those of directories that only the layers below have, and the root's.
  for (const folder of [...marks.keys()].filter((one) => tree.find(one) === undefined)) {
    yield* take(folder);
  }
  yield* take("");
  for (const entry of tree.entries()) {
    const isOpaque = marks.get(entry.path)?.includes(OPAQUE) ?? false;
    if (entry.file !== 0 || isOpaque) yield entry;
    if (entry.type === "directory") yield* take(entry.path);
  }
}

/** Returns the names of marks by the directories that they are in. */
function groupMarks(tree: FlatTree, { gone, opaque }: Hidden): Map<string, string[]> {
  const marks = new Map<string, string[]>();
  const add = (folder: string, name: string): void => {
    const names = marks.get(folder) ?? [];
    if (!names.includes(name)) marks.set(folder, [...names, name]);
  };
  for (const path of gone) {
    const there = tree.find(path);
    if (there?.type === "directory") add(path, OPAQUE);
    else if (there === undefined && isReached(path, tree, gone)) {
      const slash = path.lastIndexOf("/");
      add(path.slice(0, Math.max(0, slash)), whiteoutOf(path.slice(slash + 1)));
    }
  }
  for (const path of opaque) {
    const there = tree.find(path);
    const isThere = there === undefined ? isReached(path, tree, gone) : there.type === "directory";
    if (path === "" || isThere) add(path, OPAQUE);
  }
  return marks;
}

/** Tells whether what the layers below have at the path would show: nothing above it is hidden. */
function isReached(path: string, tree: FlatTree, gone: ReadonlySet<string>): boolean {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    const above = path.slice(0, at);
    const there = tree.find(above);
    if (there === undefined ? gone.has(above) : there.type !== "directory") return false;
  }
  return true;
}

function createMark(folder: string, name: string): FlatEntry {
  const path = folder === "" ? name : `${folder}/${name}`;
  return { ...IMPLIED, path, type: "file", file: 0, linkTo: undefined, mode: 0o644 };
}
