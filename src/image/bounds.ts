/**
 * The most that a layer may cost who reads it. What a layer is stored as is bounded by its descriptor;
 * what it unpacks to, only here.
 */
import { NixociError } from "../base/errors.ts";
import type { Image, Layer, LayerBounds, Root } from "./root.ts";
import type { Source } from "./source.ts";

/**
 * The bounds of layers that have no others. Honest layers stay far below: gzip cannot make more than
 * 1032 of one, and the largest images have a million files.
 */
export const LAYER_BOUNDS: LayerBounds = {
  maxSize: 512 * 1024 ** 3,
  maxRatio: 2000,
  maxEntries: 5_000_000,
};

// Up to here zeros are a file that somebody needs, and cost little.
const FREE_OF_RATIO = 1024 ** 3;

/** Returns the function that refuses what a layer has too much of, by the bytes that come out of it. */
export function createSizeGuard(layer: Layer): (size: number) => void {
  const { maxSize, maxRatio } = boundsOf(layer);
  const byRatio = Math.max(FREE_OF_RATIO, (maxRatio || Infinity) * layer.descriptor.size);
  const most = Math.min(maxSize || Infinity, byRatio);
  const isRatio = byRatio < (maxSize || Infinity);
  return (size) => {
    if (size <= most) return;
    const much = isRatio ? `${maxRatio} times what it is stored in` : `${maxSize} bytes`;
    throw boundError(
      layer,
      `unpacks to more than ${much}`,
      isRatio ? "max-ratio" : "max-layer-size",
    );
  };
}

/** Refuses a layer that has so many entries, if they are too many. @throws NixociError `LIMIT`. */
export function checkEntries(layer: Layer, count: number): void {
  const { maxEntries } = boundsOf(layer);
  if (maxEntries === 0 || count <= maxEntries) return;
  throw boundError(layer, `has more than ${maxEntries} entries`, "max-entries");
}

function boundsOf({ bounds }: Layer): LayerBounds {
  return { ...LAYER_BOUNDS, ...bounds };
}

function boundError({ descriptor }: Layer, problem: string, flag: string): NixociError {
  return new NixociError("LIMIT", `layer ${descriptor.digest} ${problem}`, {
    hint: `if you trust the image, --${flag} allows more (0: any)`,
  });
}

/** Returns the same source, whose layers have these bounds. */
export function limitSource(source: Source, bounds: Partial<LayerBounds>): Source {
  const powers: Partial<Source> = {
    resolve: async (reference) => limitRoot(await source.resolve(reference), bounds),
    ...source.readManifest && {
      async readManifest(reference?: string) {
        const { manifest, load } = await source.readManifest!(reference);
        return { manifest, load: async () => limitRoot(await load(), bounds) };
      },
    },
  };
  return new Proxy(source, {
    get(target, name) {
      if (Object.hasOwn(powers, name)) return Reflect.get(powers, name);
      const value: unknown = Reflect.get(target, name, target); // which may have private fields
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function limitRoot(root: Root, bounds: Partial<LayerBounds>): Root {
  if (root.kind === "artifact") return root;
  if (root.kind === "image") return limitImage(root, bounds);
  const children = root.children.map((child) => ({
    ...child,
    load: async () => limitRoot(await child.load(), bounds),
  }));
  return { ...root, children };
}

function limitImage(image: Image, bounds: Partial<LayerBounds>): Image {
  return { ...image, layers: image.layers.map((layer) => ({ ...layer, bounds })) };
}
