/** Converts manifests from Docker's format to OCI's and back. Layers and configs keep their bytes. */
import { NixociError } from "../base/errors.ts";
import type { OnNotice } from "../base/notices.ts";
import { readExtras, rebuildImage } from "../image/documents/assemble.ts";
import { type Format, layerMediaTypeOf, layerTypeOf, MEDIA_TYPES } from "../image/media-types.ts";
import type { Image, Layer } from "../image/root.ts";
import type { Step } from "../image/step.ts";
import { mapImages } from "./images.ts";

/**
 * Creates a step that writes manifests and indexes in a format. What is in it already keeps its
 * bytes. Docker's manifests have no annotations: a notice says when some are left behind.
 * @throws from the step, NixociError `UNSUPPORTED` for layers that the format cannot name.
 * @example
 * ```ts
 * import { copy, format, openSink, openSource, platform } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out");
 * const { images } = await copy(from, to, { steps: [platform(), format("docker")] });
 * console.log(images[0]?.descriptor.mediaType); // application/vnd.docker.distribution.manifest.v2+json
 * ```
 */
export function format(to: Format): Step {
  return (root, { onNotice }) =>
    mapImages(root, async (image) => {
      const from = image.manifest.descriptor.mediaType;
      const isThere = from === MEDIA_TYPES[to].manifest &&
        image.config.descriptor.mediaType === MEDIA_TYPES[to].config &&
        image.layers.every((layer) => layerTypeOf(layer.descriptor.mediaType)?.format === to);
      return isThere ? image : await convertImage(image, to, onNotice);
    }, to);
}

async function convertImage(
  image: Image,
  to: Format,
  onNotice: OnNotice | undefined,
): Promise<Image> {
  const extras = Object.keys(await readExtras(image));
  if (to === "docker" && extras.length > 0) {
    const message = `a Docker manifest has no ${extras.join(", ")}: left behind`;
    onNotice?.({ code: "LEFT_OUT", message });
  }
  const layers = image.layers.map((layer) => convertLayerType(layer, to));
  return await rebuildImage(image, { format: to, layers });
}

function convertLayerType(layer: Layer, format: Format): Layer {
  const { mediaType, digest } = layer.descriptor;
  const wanted = layerMediaTypeOf({ ...layerTypeOf(mediaType)!, format });
  if (wanted === undefined) {
    throw new NixociError("UNSUPPORTED", `layer ${digest} (${mediaType}) has no ${format} form`, {
      hint: "recompress with --compress gzip",
    });
  }
  return { ...layer, descriptor: { ...layer.descriptor, mediaType: wanted } };
}
