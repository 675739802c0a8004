/** Puts layers on top of an image. */
import { layerTypeOf } from "../image/media-types.ts";
import type { Image, Layer } from "../image/root.ts";
import type { Step, StepContext } from "../image/step.ts";
import { compressLayer } from "./compress.ts";
import { mapImages } from "./images.ts";
import { changeLayers, entryOf } from "./layers/change-layers.ts";
import { newTypeOf, packingOf } from "./layers/pack-layer-tar.ts";

/**
 * Creates a step that puts layers on top of each image, lowest first. Plain ones are packed as the
 * layers below are, and all get the media types of the family that the image is written in.
 * @param createdBy what the history says of them.
 * @example
 * ```ts
 * import { append, copy, openLayerFile, openSink, openSource, platform } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * await writeFile("empty.tar", new Uint8Array(1024)); // a tar without files
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out:more");
 * const steps = [platform(), append([await openLayerFile("empty.tar")])];
 * const { blobs } = await copy(from, to, { steps });
 * console.log(blobs.moved); // 3
 * ```
 */
export function append(layers: readonly Layer[], createdBy = "nixoci append"): Step {
  return (root, context) => {
    const packed = new Map<string, Promise<Layer>>();
    const packFor = (image: Image, layer: Layer): Promise<Layer> => {
      const key = `${layer.descriptor.digest} ${packingOf(image)}`;
      const packing = packed.get(key) ?? packLayer(image, layer, context);
      packed.set(key, packing);
      return packing;
    };
    return mapImages(root, (image) =>
      changeLayers(image, async (now) => {
        const added: Layer[] = [];
        for (const layer of layers) added.push(convertToFamily(image, await packFor(image, layer)));
        const told = layers.map(() => entryOf(now, createdBy));
        return { layers: [...image.layers, ...added], history: [...now.history, ...told] };
      }));
  };
}

function packLayer(image: Image, layer: Layer, context: StepContext): Promise<Layer> {
  const packing = packingOf(image);
  if (packing === "none") return Promise.resolve(layer);
  return compressLayer(layer, { kind: packing, onlyPlain: true }, context);
}

/** Returns the layer with the media type that its image's family has for it. */
export function convertToFamily(image: Image, layer: Layer): Layer {
  const { compression, distributable } = layerTypeOf(layer.descriptor.mediaType)!;
  if (!distributable) return layer;
  const mediaType = newTypeOf(image, compression);
  return { ...layer, descriptor: { ...layer.descriptor, mediaType } };
}
