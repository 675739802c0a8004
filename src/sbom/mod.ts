/**
 * Bills of materials and provenance of images.
 * @module
 */
export { CYCLONEDX_TYPE, formatCycloneDx } from "./cyclonedx.ts";
export type { SbomMaker } from "./cyclonedx.ts";
export { readInventory } from "./inventory.ts";
export type { InventoryOptions } from "./inventory.ts";
export type { ImagePackage, Inventory } from "./types.ts";
export { parseMeta } from "./meta.ts";
export type { PackageMeta } from "./meta.ts";
export { formatProvenance, PROVENANCE_TYPE, STATEMENT_TYPE } from "./provenance.ts";
export type { BuildFacts } from "./provenance.ts";
export { formatSpdx, SPDX_TYPE } from "./spdx.ts";
