/** Stores the tar of a new layer, packed as the layers of its image are. */
import { compressStream } from "../../bytes/compression.ts";
import type { Compression } from "../../bytes/detect.ts";
import { createHasher } from "../../bytes/digest.ts";
import { type ByteStream, watchStream } from "../../bytes/stream.ts";
import { content } from "../../image/content.ts";
import { formatOf } from "../../image/documents/assemble.ts";
import { layerMediaTypeOf, layerTypeOf } from "../../image/media-types.ts";
import type { Image, Layer } from "../../image/root.ts";
import type { StepContext } from "../../image/step.ts";

/** Returns how new layers of an image are packed: as its highest is, and gzip where it has none. */
export function packingOf({ layers }: Pick<Image, "layers">): Compression {
  const type = layerTypeOf(layers.at(-1)?.descriptor.mediaType ?? "");
  return type?.compression ?? "gzip";
}

/** Returns the media type of a layer in the family that the image is written in. */
export function newTypeOf(image: Image, compression: Compression): string {
  return layerMediaTypeOf({ format: formatOf(image), compression, distributable: true })!;
}

/** Stores a tar as a layer of the image, in scratch. */
export async function packLayerTar(
  tar: ByteStream,
  image: Image,
  { scratch, signal }: StepContext,
): Promise<Layer> {
  const compression = packingOf(image);
  const file = await scratch.file();
  const [unpacked, packed] = [createHasher(), createHasher()];
  const hashed = watchStream(tar, (chunk) => unpacked.update(chunk));
  const stored = compression === "none"
    ? hashed
    : compressStream(hashed, { kind: compression, signal });
  for await (const chunk of stored) {
    packed.update(chunk);
    await file.write(chunk);
  }
  const mediaType = newTypeOf(image, compression);
  const descriptor = { mediaType, digest: packed.digest(), size: file.size };
  return { ...content(descriptor, () => file.read()), diffId: unpacked.digest() };
}
