/** The cache: what was found out before. */
export { type Cache, cache, cacheFolder } from "./cache.ts";
export type { KnownBases, KnownBlob, KnownBlobs, KnownLayers } from "./known.ts";
export { type CacheUse, cacheUse, clearCache } from "./use.ts";
