/**
 * Explains images: what is in them, where it comes from, and why it is there.
 * @module
 */
export { CLOSURE_TYPE, formatClosureJson, readImageClosure } from "./closure.ts";
export { readLayerFiles } from "./files.ts";
export type {
  FilesOptions,
  FoundStorePath,
  LayerContent,
  LayerFiles,
  SeenMember,
  SizedFile,
} from "./files.ts";
export { createStoreGraph, findRoots, listChains } from "./graph.ts";
export type { Chains, GraphPath, GraphRoot, StoreGraph } from "./graph.ts";
export { readLayerHistory } from "./history.ts";
export { explainImage } from "./image.ts";
export type { ExplainedLayer, ExplainOptions, Explanation } from "./image.ts";
export type { ConfigOrigin } from "./origins.ts";
export type { FoundPath, PathVersion } from "./path.ts";
export { explainPath } from "./reason.ts";
export type { Reason, ReasonOptions } from "./reason.ts";
export type { ImageGraphOptions } from "./image-graph.ts";
export { readStorePaths } from "./store-paths.ts";
export { compareStorePaths } from "./store-diff.ts";
export type { ChangedPath, ComparedPath, StoreDifference, StorePathSize } from "./store-diff.ts";
export { compareVersions, parsePackageName } from "./versions.ts";
export type { PackageName } from "./versions.ts";
