/** Whiteouts among the entries of a layer: what hides files of the layers below. */
import { posix } from "node:path";
import { WHITEOUT } from "../../image/layer/whiteout.ts";
import type { MadeEntry } from "../../recipe/mod.ts";

/** Entries of a layer, and those that only hide what is below. */
export interface SplitEntries {
  readonly files: readonly MadeEntry[];
  readonly whiteouts: readonly MadeEntry[];
}

/** Tells whether an entry hides files of lower layers, and is none itself. */
export function isWhiteout({ path }: Pick<MadeEntry, "path">): boolean {
  return posix.basename(path).startsWith(WHITEOUT);
}

/** Splits entries: a script that does not see the layers below sees no whiteouts, either. */
export function splitWhiteouts(made: readonly MadeEntry[]): SplitEntries {
  return {
    files: made.filter((one) => !isWhiteout(one)),
    whiteouts: made.filter(isWhiteout),
  };
}
