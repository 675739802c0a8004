/** A layer in the making. */
import type { History } from "../plan/mod.ts";
import type { LayerRecipe } from "../recipe/mod.ts";

/** A layer before its digest is known. */
export interface LayerDraft {
  readonly recipe: LayerRecipe;
  readonly history: History | undefined;
  /** A script has made it: what it is made of goes with the image. */
  readonly isScripted?: boolean;
}
