/** Finds what refers to what in an image: by what is known of its store paths, or by its files. */
import type { OnNotice } from "../base/notices.ts";
import type { Image } from "../image/root.ts";
import type { StoreOptions } from "../nix/store/store.ts";
import { readLayerFiles } from "./files.ts";
import { readKnownGraph, type SourcedGraph } from "./known-graph.ts";
import { listToldPaths, type ToldLayer } from "./recorded.ts";
import { createReferenceScan } from "./scan.ts";

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

/**
 * Finds the graph of an image's store paths. Where the image says which there are, and the store or
 * a description knows them, no layer is read; otherwise all are, once, and searched for hashes.
 */
export async function readImageGraph(
  image: Image,
  told: readonly ToldLayer[],
  { store, scan = false, onNotice, signal }: ImageGraphOptions = {},
): Promise<SourcedGraph> {
  const paths = listToldPaths(told);
  if (!scan && paths.length > 0) {
    const known = await readKnownGraph(paths, store);
    if (known !== undefined) return known;
    onNotice?.({ code: "SLOW", message: READS_LAYERS });
  }
  const references = createReferenceScan();
  const files = await readLayerFiles(image, { store: references.store, signal });
  return { graph: references.finish(files), from: SCANNED };
}

/** The message where layers have to be read, though the image says what is in them. */
export const READS_LAYERS = "no store here knows the image's store paths: its layers are read; " +
  "--closure says what refers to what without that";
