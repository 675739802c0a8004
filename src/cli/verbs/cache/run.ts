/** The work of `nixoci cache`. */
import { clearCache, readCacheUse } from "../../../cache/use.ts";
import { clearTrees, readTreesUse } from "../../../sandbox/mod.ts";
import type { Io } from "../../kit/io.ts";
import { formatBytes, formatCount } from "../../kit/text.ts";

/** Describes the rows of the tables, for people. */
const KINDS: Readonly<Record<string, (rows: number) => string>> = {
  bases: (rows) => `${formatCount(rows, "base image")} whose store paths are known`,
  blobs: (rows) => `${formatCount(rows, "layer")} whose compressed form is known`,
  layers: (rows) => `${formatCount(rows, "layer")} of store paths whose digest is known`,
  trees: (trees) => `${formatCount(trees, "base image")} unpacked for commands to run on`,
  proved: (rows) => `${formatCount(rows, "file")} whose content has been verified`,
};

/** Prints what the cache holds, or empties it and prints what that was. */
export async function printCache(clears: boolean, io: Io): Promise<void> {
  const trees = readTreesUse();
  const found = clears ? await clearCache() : await readCacheUse();
  if (clears) await clearTrees();
  const use = {
    ...found,
    size: found.size + trees.size,
    rows: { ...found.rows, ...trees.count > 0 && { trees: trees.count } },
  };
  io.print(use, function* () {
    if (clears) return yield `cleared ${formatBytes(use.size)} in ${use.path}`;
    yield `${use.path}: ${formatBytes(use.size)}`;
    for (const [kind, rows] of Object.entries(use.rows)) {
      yield `  ${KINDS[kind]?.(rows) ?? `${formatCount(rows, "row")} of ${kind}`}`;
    }
  });
}
