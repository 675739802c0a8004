/** Reads an image's layers and finds what shows in the end. */
import type { Image } from "../image/root.ts";
import type { ContentStore, FlatTree } from "./types.ts";

/** What of an image is wanted. */
export interface FlattenOptions {
  /** Whether a path is wanted, as entries have it; all are by default. Directories come along. */
  readonly wants?: (path: string) => boolean;
  /** Show this layer alone, 1 the lowest; its whiteouts are files then. */
  readonly layer?: number;
  readonly signal?: AbortSignal;
}
export declare function flattened(
  image: Image,
  store: ContentStore,
  options?: FlattenOptions,
): Promise<FlatTree>;
