/** The work of `nixoci cache`. */
import { cacheUse, clearCache } from "../../../cache/use.ts";
import type { Io } from "../../kit/command.ts";
import { count, formatBytes } from "../../kit/text.ts";

/** What the tables' rows are, for people. */
const KINDS: Readonly<Record<string, (rows: number) => string>> = {
  bases: (rows) => `${count(rows, "base image")} whose store paths are known`,
  blobs: (rows) => `${count(rows, "layer")} whose compressed form is known`,
  layers: (rows) => `${count(rows, "layer")} of store paths whose digest is known`,
  proved: (rows) => `${count(rows, "file")} whose content has been verified`,
};

/** Prints what the cache holds, or empties it and prints what that was. */
export async function showCache(clears: boolean, io: Io): Promise<void> {
  const use = clears ? await clearCache() : await cacheUse();
  io.print(use, function* () {
    if (clears) return yield `cleared ${formatBytes(use.size)} in ${use.path}`;
    yield `${use.path}: ${formatBytes(use.size)}`;
    for (const [kind, rows] of Object.entries(use.rows)) {
      yield `  ${KINDS[kind]?.(rows) ?? `${count(rows, "row")} of ${kind}`}`;
    }
  });
}
