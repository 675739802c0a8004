/** The options of what finds the graph of an image, and the words for where that is from. */
import type { OnNotice } from "../base/notices.ts";
import type { StoreOptions } from "../nix/store/store.ts";

/** Options for finding the graph of an image. */
export interface ImageGraphOptions {
  /** The store that is asked, or files that describe the closure. */
  readonly store?: StoreOptions | undefined;
  /** Reads the layers even where the image says what is in them, and a store knows that. */
  readonly scan?: boolean | undefined;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The words for where a graph is from when files have been scanned. */
export const SCANNED = "the files themselves, which have the hashes of what they refer to";

/** The message where layers have to be read, though the image says what is in them. */
export const READS_LAYERS = "no store here knows the image's store paths: its layers are read; " +
  "--closure says what refers to what without that";
