/** Layers as what they mean: an uncompressed tar, whatever form they are stored in. */
import { decompress } from "../bytes/compression.ts";
import { algorithmOf, type Digest, hasher } from "../bytes/digest.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { failureAt, NixociError } from "../base/errors.ts";
import { layerType } from "./media-types.ts";
import type { Layer } from "./root.ts";

/** A layer's uncompressed tar, proved to be the one that its diffID names. */
export async function* tarOf(layer: Layer, signal?: AbortSignal): ByteStream {
  const bytes = layer.open(signal ? { signal } : {});
  const kind = layerType(layer.descriptor.mediaType)?.compression;
  if (kind === "none" && layer.descriptor.digest === layer.diffId) return yield* bytes;
  const hash = hasher(algorithmOf(layer.diffId));
  try {
    for await (const chunk of decompress(bytes, undefined, signal ? { signal } : {})) {
      hash.update(chunk);
      yield chunk;
    }
    checkDiffId(layer, hash.digest());
  } catch (error) {
    throw failureAt("source", error); // no fault of the place that stores what it unpacks to
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
 * What the size of a layer's tar probably is, as the end of a gzip stream says it: wrong for streams
 * of several members, and modulo 4 GiB. `undefined` where there is nothing to go by.
 * @see https://www.rfc-editor.org/rfc/rfc1952#page-8 (ISIZE)
 */
export async function guessTarSize({ descriptor, tail }: Layer): Promise<number | undefined> {
  if (layerType(descriptor.mediaType)?.compression !== "gzip") return undefined;
  const end = await tail?.(4);
  return end?.length === 4 ? Buffer.from(end).readUInt32LE() : undefined;
}
