/**
 * Layers by their recipes: of paths, and of what is made here.
 * @module
 */
export { createLayer, createLayers, type LayerOptions, type NamedLayerOptions } from "./layers.ts";
export type { LayerPlace } from "./make.ts";
export type {
  DiskContent,
  FileContent,
  MadeAttributes,
  MadeEntry,
  MadeFile,
  MadeFolder,
  MadeHardlink,
  MadeSymlink,
} from "./made/made.ts";
export type {
  Appended,
  LayerRecipe,
  LayerStyle,
  Packer,
  Perm,
  RecipeLayer,
  RecipePath,
  Rewrite,
} from "./recipe.ts";
export type { StoreRoot } from "./store-root.ts";
export type { LayerSum } from "./sum.ts";
export type { SumOptions } from "./sums.ts";
