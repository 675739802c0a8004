/** Layers of store paths: recipes, and what is made of them. */
export { checkRecipe } from "./check.ts";
export { LAYER_TYPE, layerOf, type LayerOptions, layersFrom, storeLayer } from "./layers.ts";
export type { LayerRecipe, LayerStyle, Perm, RecipePath, Rewrite, StoreLayer } from "./recipe.ts";
export { rootOf, type StoreRoot } from "./store-root.ts";
export { layerStream, type LayerSum } from "./sum.ts";
