/** Gives a tree shorter names and other times. */
import { createStripper } from "../flatten/archive.ts";
import type { FlatEntry, FlatTree } from "../flatten/types.ts";

/** Differences from the tree as the image has it. */
export interface Adaptations {
  /** The number of leading parts that names lose; entries with no more parts are left out. */
  readonly stripComponents?: number;
  /** One time for all entries: nanoseconds since 1970. */
  readonly mtime?: bigint;
}

/** Returns a tree whose entries are adapted. */
export function changeTree(tree: FlatTree, options: Adaptations): FlatTree {
  const { stripComponents = 0, mtime } = options;
  if (stripComponents === 0 && mtime === undefined) return tree;
  const strip = createStripper(stripComponents);
  return {
    find: tree.find,
    *entries(): Iterable<FlatEntry> {
      for (const entry of tree.entries()) {
        const path = strip(entry.path);
        if (path === undefined) continue;
        const linkTo = entry.linkTo === undefined ? undefined : strip(entry.linkTo);
        yield { ...entry, path, linkTo, mtime: mtime ?? entry.mtime };
      }
    },
  };
}
