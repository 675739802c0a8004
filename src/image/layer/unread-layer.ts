/** Images that have layers of a kind that nixoci copies, but cannot read. */
import { layerTypeOf } from "../media-types.ts";
import type { Artifact } from "../root.ts";

const LAYERS = /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./;

/** Returns the media type of a layer (`…+xz`, `…+encrypted`) that keeps an image from being read. */
export function unreadLayerTypeOf({ blobs }: Artifact): string | undefined {
  return blobs.map(({ descriptor }) => descriptor.mediaType)
    .find((mediaType) => LAYERS.test(mediaType) && layerTypeOf(mediaType) === undefined);
}
