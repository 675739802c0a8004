/** Changes how layers are compressed; their diffIDs, and so the config, stay. */
import { checkLevel, type CompressOptions, compressStream } from "../bytes/compression.ts";
import type { Compression } from "../bytes/detect.ts";
import { mapLimited } from "../bytes/flow/map.ts";
import type { ByteStream } from "../bytes/stream.ts";
import type { KnownBlobs } from "../cache/known.ts";
import { rebuildImage } from "../image/documents/assemble.ts";
import { NixociError } from "../base/errors.ts";
import { content } from "../image/content.ts";
import { explainWrongBytes } from "../image/explained.ts";
import { isPlainTar, readLayerTar } from "../image/layer/layer.ts";
import { layerMediaTypeOf, layerTypeOf } from "../image/media-types.ts";
import type { Layer } from "../image/root.ts";
import type { Step, StepContext } from "../image/step.ts";
import { mapImages, omitBytes } from "./images.ts";
import { putLayer } from "./layers/put-layer.ts";

/** The compression that layers get. */
export interface Recompression {
  /** `gzip-portable` is another name for `gzip`. */
  readonly kind: "none" | CompressOptions["kind"];
  readonly level?: number | undefined;
  /** Leave layers alone that are compressed in any way, or stored as they are. */
  readonly onlyPlain?: boolean;
  /** Blobs that were made before: a layer whose blob is known is not compressed to learn its digest. */
  readonly known?: KnownBlobs | undefined;
  /** Hears of each layer that is compressed now, and not remembered, before it is. */
  readonly onLayer?: ((layer: Layer) => void) | undefined;
}

/**
 * Creates a step that compresses, recompresses or decompresses layers. A layer that has the wanted
 * form already keeps its bytes (so does a gzip layer of any level when gzip is wanted).
 * @throws NixociError `USAGE` for a level that the kind does not have.
 * @example
 * ```ts
 * import { compress, copy, openSink, openSource } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out:zstd");
 * const { blobs } = await copy(from, to, { all: true, steps: [compress({ kind: "zstd" })] });
 * console.log(blobs.moved); // 4
 * ```
 */
export function compress(to: Recompression): Step {
  if (to.kind !== "none") checkLevel({ kind: to.kind, level: to.level });
  return (root, context) =>
    mapImages(root, async (image) => {
      const layers = await mapLimited(
        image.layers,
        AT_A_TIME,
        (layer) => compressLayer(layer, to, context),
      );
      const changed = layers.some((layer, i) => layer !== image.layers[i]);
      return changed ? await rebuildImage(image, { layers }) : image;
    });
}

// Layers are too short to keep all cores busy one by one: between two of them the threads run dry. A
// third saves a thirtieth of the time, for 4 MiB.
const AT_A_TIME = 2;

/** Gives one layer the wanted form. */
export async function compressLayer(
  layer: Layer,
  to: Recompression,
  context: StepContext,
): Promise<Layer> {
  const type = layerTypeOf(layer.descriptor.mediaType)!;
  const wanted: Compression = to.kind === "gzip-portable" ? "gzip" : to.kind;
  const isWanted = type.compression === wanted && (wanted !== "none" || isPlainTar(layer));
  const stays = isWanted || !type.distributable ||
    (to.onlyPlain && (type.compression !== "none" || layer.asStored));
  if (stays) return layer;
  const mediaType = layerMediaTypeOf({ ...type, compression: wanted })!;
  const { annotations, ...rest } = omitBytes(layer.descriptor);
  // Annotations of eStargz and zstd:chunked describe the old bytes.
  const kept = annotations && Object.fromEntries(
    Object.entries(annotations).filter(([key]) => !/stargz|zstd-chunked/.test(key)),
  );
  const base = { ...rest, mediaType, annotations: kept };
  const recipe = recipeOf(to);
  const known = await to.known?.get(layer.diffId, recipe);
  if (known !== undefined) {
    const descriptor = { ...base, ...known };
    const again = content(descriptor, ({ signal }) => compressAnew(layer, to, signal));
    const checked = explainWrongBytes(again, async (cause) => {
      await to.known!.set(layer.diffId, recipe, undefined);
      return new NixociError(
        "DIGEST",
        `${known.digest} was remembered, but is made otherwise now`,
        { cause, hint: "the memory is dropped: run it again" },
      );
    });
    return { ...checked, isPackedHere: true, diffId: layer.diffId };
  }
  to.onLayer?.(layer);
  const watched = context.watch?.(layer) ?? layer;
  const made = await putLayer({
    make: (isFirst, signal) => compressAnew(isFirst ? watched : layer, to, signal),
    describe: (bytes) => ({ descriptor: { ...base, ...bytes }, diffId: layer.diffId }),
  }, context);
  const { digest, size } = made!.descriptor;
  await to.known?.set(layer.diffId, recipe, { digest, size });
  return made!;
}

// Counts up whenever our own codecs make other bytes of the same input.
const RECIPE_VERSION = 5;

/** Returns what decides the bytes besides the layer: kind, level and the codecs' versions. */
function recipeOf({ kind, level }: Recompression): string {
  const runtime = kind === "zstd"
    ? `${"Deno" in globalThis ? "deno" : "node"}-${process.versions.zstd}`
    : "";
  const codec = kind === "gzip-portable" ? "gzip" : kind;
  return [RECIPE_VERSION, codec, level ?? "default", runtime].join(" ");
}

/** Compresses the layer's tar; fails when the tar is not the one of the diffID. */
async function* compressAnew(
  layer: Layer,
  { kind, level }: Recompression,
  signal: AbortSignal | undefined,
): ByteStream {
  const tar = readLayerTar(layer, signal);
  if (kind === "none") yield* tar;
  else {
    yield* compressStream(tar, { kind, level, signal });
  }
}
