/**
 * Keeping destinations in sync with their sources: many images, by rules.
 * @module
 */
export type { SkopeoChoice } from "./config/skopeo.ts";
export { readSyncConfig, type SyncFileOptions } from "./config/read.ts";
export { createSyncJsonSchema } from "./config/own-schema.ts";
export { syncImages, type SyncOptions } from "./run/mod.ts";
export type { Shard } from "./images/order.ts";
export type { SyncMeans, SyncRegistry, SyncSide } from "./means.ts";
export type {
  ChooseTags,
  HostRules,
  Schedule,
  SyncConfig,
  SyncedImage,
  SyncFailure,
  SyncResult,
  SyncRule,
} from "./model.ts";
