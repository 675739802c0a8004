/** Reads layers as uncompressed tars, in whatever form they are stored. */
import { decompressStream } from "../../bytes/compression.ts";
import { algorithmOf, createHasher, type Digest } from "../../bytes/digest.ts";
import { type ByteStream, watchStream } from "../../bytes/stream.ts";
import { markSide, NixociError } from "../../base/errors.ts";
import { checkSize, createSizeGuard } from "./bounds.ts";
import { layerTypeOf } from "../media-types.ts";
import type { Layer } from "../root.ts";

/**
 * Says whether a layer's bytes are its tar, by its digest: some tools store gzip under a plain tar's
 * media type, or a plain tar under gzip's.
 */
export function isPlainTar({ descriptor, diffId }: Layer): boolean {
  return descriptor.digest === diffId;
}

/**
 * Reads a layer's uncompressed tar, verified against its diffID at the end.
 * @throws from the stream, NixociError `DIGEST` when it is another tar, `LIMIT` when it is larger than
 * its bounds.
 */
export async function* readLayerTar(layer: Layer, signal?: AbortSignal): ByteStream {
  const bytes = layer.open(signal ? { signal } : {});
  if (isPlainTar(layer)) {
    checkSize(layer, layer.descriptor.size);
    return yield* bytes;
  }
  const hash = createHasher(algorithmOf(layer.diffId));
  const { countStored, countUnpacked } = createSizeGuard(layer);
  const stored = watchStream(bytes, countStored);
  try {
    for await (const chunk of decompressStream(stored, undefined, signal ? { signal } : {})) {
      countUnpacked(chunk);
      hash.update(chunk);
      yield chunk;
    }
    checkDiffId(layer, hash.digest());
  } catch (error) {
    throw markSide("source", error); // no fault of the place that stores what it unpacks to
  }
}

function checkDiffId({ descriptor, diffId }: Layer, actual: Digest): void {
  if (actual === diffId) return;
  throw new NixociError(
    "DIGEST",
    `layer ${descriptor.digest} unpacks to ${actual}, but its config says ${diffId}`,
    { hint: "the image is corrupt or malicious; do not use it" },
  );
}

/**
 * Guesses the size of a layer's tar in bytes from the end of its gzip stream: wrong for streams of
 * several members, and modulo 4 GiB. `undefined` where nothing says it.
 * @see https://www.rfc-editor.org/rfc/rfc1952#page-8 (ISIZE)
 */
export async function guessTarSize({ descriptor, tail }: Layer): Promise<number | undefined> {
  if (layerTypeOf(descriptor.mediaType)?.compression !== "gzip") return undefined;
  const end = await tail?.(4);
  return end?.length === 4 ? Buffer.from(end).readUInt32LE() : undefined;
}
