/** A layer in the making. */
import type { History } from "../../plan/mod.ts";
import type { LayerRecipe } from "../../recipe/mod.ts";

/** A layer before its digest is known. */
export interface LayerDraft {
  readonly recipe: LayerRecipe;
  readonly history: History | undefined;
  /** The files that it is made of go with the image: a script has made it, or it was unpacked for the image. */
  readonly isPassing?: boolean;
}
