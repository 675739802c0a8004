/** Labels of layers: what tells them from others before anybody knows their digest. */
import { createHash } from "node:crypto";
import { STORE_DIR } from "../nix/formats/store-path.ts";
import { formatRecipe } from "./known.ts";
import type { MadeEntry } from "./made/made.ts";
import type { LayerRecipe } from "./recipe.ts";
import type { StoreRoot } from "./store-root.ts";

/** In hexadecimal digits. */
const LENGTH = 32;

/**
 * Returns a label that the same layer has on every machine, and other layers of store paths have not. Where
 * files outside of the store lie is left out, so that those of two such layers may be the same.
 */
export function labelOf(recipe: LayerRecipe, { storeDir = STORE_DIR }: StoreRoot): string {
  const isStored = (path: string): boolean => path.startsWith(`${storeDir}/`);
  const omitFile = (made: MadeEntry): MadeEntry => {
    if (made.type !== "file" || typeof made.content === "string") return made;
    if (!("file" in made.content)) return made;
    const { file, at, size = 0 } = made.content;
    return at === undefined && isStored(file) ? made : { ...made, content: `${size}` };
  };
  const text = formatRecipe({
    ...recipe,
    paths: recipe.paths.map((path) => isStored(path.path) ? path : { path: "" }),
    ...recipe.made && { made: recipe.made.map(omitFile) },
  });
  return createHash("sha256").update(text).digest("hex").slice(0, LENGTH);
}
