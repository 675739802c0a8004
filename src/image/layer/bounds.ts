/**
 * The most that a layer may cost who reads it. What a layer is stored as is bounded by its descriptor;
 * what it unpacks to, only here.
 */
import { NixociError } from "../../base/errors.ts";
import type { Image, Layer, LayerBounds, OnLayers, Root } from "../root.ts";
import type { Source } from "../source.ts";
import { wrapSource } from "../wrap-source.ts";

/**
 * The bounds of layers that have no others. Honest layers stay far below: files pack to a half or a
 * tenth, logs to a thirtieth, and the largest images have a million files.
 */
export const LAYER_BOUNDS: LayerBounds = {
  maxSize: 512 * 1024 ** 3,
  maxRatio: 200,
  maxEntries: 5_000_000,
};

/** The bytes that may come out of next to nothing: zeros are files that somebody needs, and cost little. */
export const FREE_OF_RATIO = 1024 ** 3;

// What has come out is compared with what has gone in, so that a bomb ends early however large it is.
// A layer may begin with large files of zeros: this share of the ratio holds for the whole of it.
const SHARE_OF_WHOLE = 1 / 10;

/** The part of a layer that bounds it. */
export interface BoundedLayer extends Pick<Layer, "bounds"> {
  /** `digest` is how an error calls it, `size` that which it is stored in. */
  readonly descriptor: { readonly digest: string; readonly size: number };
}

/** Counts the bytes of a layer, and refuses too many. */
export interface SizeGuard {
  /** Counts a chunk of what is stored. */
  readonly countStored: (chunk: Uint8Array) => void;
  /** Counts a chunk of what it unpacks to. @throws NixociError `LIMIT`. */
  readonly countUnpacked: (chunk: Uint8Array) => void;
}

/** Returns the guard of a layer that is about to be unpacked. */
export function createSizeGuard(layer: BoundedLayer): SizeGuard {
  const { maxRatio } = boundsOf(layer);
  const ofWhole = Math.max(FREE_OF_RATIO, maxRatio * SHARE_OF_WHOLE * layer.descriptor.size);
  let [stored, unpacked] = [0, 0];
  return {
    countStored: (chunk) => void (stored += chunk.length),
    countUnpacked(chunk) {
      unpacked += chunk.length;
      checkSize(layer, unpacked);
      if (maxRatio === 0 || unpacked <= ofWhole || unpacked <= maxRatio * stored) return;
      throw boundError(layer, `unpacks to more than ${maxRatio} times its size`, "max-ratio");
    },
  };
}

/** Refuses a layer that unpacks to so many bytes, if they are too many. @throws NixociError `LIMIT`. */
export function checkSize(layer: BoundedLayer, size: number): void {
  const { maxSize } = boundsOf(layer);
  if (maxSize === 0 || size <= maxSize) return;
  throw boundError(layer, `unpacks to more than ${maxSize} bytes`, "max-layer-size");
}

/** Refuses a layer that has so many entries, if they are too many. @throws NixociError `LIMIT`. */
export function checkEntries(layer: Layer, count: number): void {
  const { maxEntries } = boundsOf(layer);
  if (maxEntries === 0 || count <= maxEntries) return;
  throw boundError(layer, `has more than ${maxEntries} entries`, "max-entries");
}

function boundsOf({ bounds }: BoundedLayer): LayerBounds {
  return { ...LAYER_BOUNDS, ...bounds };
}

function boundError({ descriptor }: BoundedLayer, problem: string, flag: string): NixociError {
  return new NixociError("LIMIT", `layer ${descriptor.digest} ${problem}`, {
    hint: `if you trust the image, --${flag} allows more (0: any)`,
  });
}

/** Returns the same source, whose layers have these bounds. */
export function limitSource(source: Source, bounds: Partial<LayerBounds>): Source {
  return wrapSource(source, {
    resolve: async (reference) => limitRoot(await source.resolve(reference), bounds),
    ...source.readManifest && {
      async readManifest(reference?: string) {
        const { manifest, load } = await source.readManifest!(reference);
        return { manifest, load: async (onLayers) => limitRoot(await load(onLayers), bounds) };
      },
    },
  });
}

function limitRoot(root: Root, bounds: Partial<LayerBounds>): Root {
  if (root.kind === "artifact") return root;
  if (root.kind === "image") return limitImage(root, bounds);
  const children = root.children.map((child) => ({
    ...child,
    load: async (onLayers?: OnLayers) => limitRoot(await child.load(onLayers), bounds),
  }));
  return { ...root, children };
}

function limitImage(image: Image, bounds: Partial<LayerBounds>): Image {
  return { ...image, layers: image.layers.map((layer) => ({ ...layer, bounds })) };
}
