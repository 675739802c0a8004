/** Says that zstd is there, where a registry gets gzip although nobody has asked for it. */
import type { OnNotice } from "../../base/notices.ts";
import type { Layer } from "../../image/root.ts";
import { layerTypeOf } from "../../image/media-types.ts";

/** Bytes of plain layers; fewer are compressed before the line is read. */
const ENOUGH = 64e6;

/**
 * Makes what hears of the layers that are compressed with gzip. Once they have more than 64 MB, it
 * says so, one time. Layers of Docker's format do not count: it has no zstd.
 */
export function suggestZstd(onNotice: OnNotice): (layer: Layer) => void {
  let size = 0;
  let isSaid = false;
  return ({ descriptor }) => {
    if (isSaid || layerTypeOf(descriptor.mediaType)?.format !== "oci") return;
    size += descriptor.size;
    if (size <= ENOUGH) return;
    isSaid = true;
    const message =
      "layers are compressed with gzip, which every client reads; --compress zstd is " +
      "quicker and makes them smaller";
    onNotice({ code: "SLOW", message });
  };
}
