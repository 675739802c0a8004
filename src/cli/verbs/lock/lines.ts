/** The lines of the verbs of `nixoci lock`. */
import type { AddResult } from "../../../lock/add.ts";
import { pinOf } from "../../../lock/model.ts";
import type { MovedImage } from "../../../lock/update.ts";

/** Writes what `add` and `import` have done. */
export function formatAdded({ name, image, isNew, added = [] }: AddResult): string[] {
  const what = `${name} at ${pinOf(image)} (${Object.keys(image.platforms).join(", ")})`;
  if (added.length > 0) return [`Added ${added.join(", ")} to ${what}`];
  return [isNew ? `Locked ${what}` : `${what} is locked already`];
}

/** Writes `name  from -> to`, and why an update cannot follow, where it is so. */
export function formatMoved({ name, from, to, problem }: MovedImage): string {
  return `${name}  ${from} -> ${to}` + (problem === undefined ? "" : `  (${problem})`);
}
