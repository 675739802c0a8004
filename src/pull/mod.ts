/**
 * Pulling one image by its digest, and computing before what Nix must expect of it.
 * @module
 */
export { prefetchArchive, prefetchDirectory } from "./prefetch.ts";
export type { PrefetchOptions, PrefetchResult } from "./prefetch.ts";
export { type ImageDigests, pull, type PullOptions, type PullResult } from "./pull.ts";
