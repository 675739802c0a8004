/**
 * The cache: what was found out before.
 * @module
 */
export { type Cache, cacheFolderOf, createCache } from "./cache.ts";
export type { KnownBases, KnownBlob, KnownBlobs, KnownLayers } from "./known.ts";
export { type CacheUse, clearCache, readCacheUse } from "./use.ts";
