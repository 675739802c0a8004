/** Layers by their recipes: of paths, and of what is made here. */
export { checkRecipe } from "./check.ts";
export { LAYER_TYPE, layerOf, type LayerOptions, layersFrom, storeLayer } from "./layers.ts";
export type {
  FileContent,
  MadeAttributes,
  MadeEntry,
  MadeFile,
  MadeFolder,
  MadeHardlink,
  MadeSymlink,
} from "./made.ts";
export type { LayerRecipe, LayerStyle, Perm, RecipePath, Rewrite, StoreLayer } from "./recipe.ts";
export { rootOf, type StoreRoot } from "./store-root.ts";
export { layerStream, type LayerSum } from "./sum.ts";
