/** Stores the tar of a new layer, packed as the layers of its image are. */
import { compressStream } from "../../bytes/compression.ts";
import type { Compression } from "../../bytes/detect.ts";
import { createHasher, type Digest } from "../../bytes/digest.ts";
import { type ByteStream, watchStream } from "../../bytes/stream.ts";
import { formatOf } from "../../image/documents/assemble.ts";
import { layerMediaTypeOf, layerTypeOf } from "../../image/media-types.ts";
import type { Image, Layer } from "../../image/root.ts";
import type { StepContext } from "../../image/step.ts";
import { putLayer } from "./put-layer.ts";

/** Returns how new layers of an image are packed: as its highest is, and gzip where it has none. */
export function packingOf({ layers }: Pick<Image, "layers">): Compression {
  const type = layerTypeOf(layers.at(-1)?.descriptor.mediaType ?? "");
  return type?.compression ?? "gzip";
}

/** Returns the media type of a layer in the family that the image is written in. */
export function newTypeOf(image: Image, compression: Compression): string {
  return layerMediaTypeOf({ format: formatOf(image), compression, distributable: true })!;
}

/** The tar of a new layer. */
export interface NewTar {
  /** Opens it: a second time where its layer has to be made again. */
  open(isFirst: boolean): ByteStream;
  /** Tells, once it has been read, whether a layer is wanted of it. */
  isWanted?(diffId: Digest): boolean;
}

/** Stores a tar as a layer of the image; returns `undefined` where that is not wanted after all. */
export async function packLayerTar(
  { open, isWanted = () => true }: NewTar,
  image: Image,
  context: StepContext,
): Promise<Layer | undefined> {
  const compression = packingOf(image);
  const mediaType = newTypeOf(image, compression);
  const unpacked = createHasher();
  const make = (isFirst: boolean, signal: AbortSignal | undefined): ByteStream => {
    const tar = isFirst ? watchStream(open(true), (chunk) => unpacked.update(chunk)) : open(false);
    return compression === "none" ? tar : compressStream(tar, { kind: compression, signal });
  };
  return await putLayer({
    make,
    describe(bytes) {
      const diffId = unpacked.digest();
      return isWanted(diffId) ? { descriptor: { mediaType, ...bytes }, diffId } : undefined;
    },
  }, context);
}
