/** The lines of the verbs of `nixoci lock`. */
import type { AddResult } from "../../../lock/add.ts";
import { pinOf } from "../../../lock/model.ts";
import type { MovedImage } from "../../../lock/update.ts";

/** Writes what `add` and `import` have done. */
export function formatAdded({ name, image, isNew }: AddResult): string[] {
  const what = `${name} at ${pinOf(image)} (${Object.keys(image.platforms).join(", ")})`;
  return [isNew ? `Locked ${what}` : `${what} is locked already`];
}

/** Writes `name  from -> to`. */
export function formatMoved({ name, from, to }: MovedImage): string {
  return `${name}  ${from} -> ${to}`;
}
