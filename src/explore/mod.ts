/**
 * Pages that show images in a browser.
 * @module
 */
export type { ExploredCopies } from "./copies.ts";
export { exploreImage } from "./data.ts";
export type { ExploredImage, ExploredPath, ExploreOptions } from "./data.ts";
export type { ExploredFile } from "./fold.ts";
export { formatPage } from "./page.ts";
export type { ExploredDifference } from "./page.ts";
