/** Takes out of images what differs from one build of the same files to the next. */
import type { Digest } from "../bytes/digest.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { writeArchive } from "../flatten/archive.ts";
import { mergeLayers } from "../flatten/merge.ts";
import { createSpool } from "../flatten/spool.ts";
import type { FlatEntry, FlatTree } from "../flatten/types.ts";
import type { History } from "../image/config/history.ts";
import type { Image, Layer } from "../image/root.ts";
import type { Step, StepContext } from "../image/step.ts";
import { mapImages } from "./images.ts";
import { changeLayers } from "./change-layers.ts";
import { packLayerTar } from "./pack-layer-tar.ts";

/**
 * Creates a step that makes the layers of each image anew: members sorted by name, all with one
 * time, owners as numbers alone. The config and its history get the same time. A layer that is so
 * already keeps its bytes.
 * @param time in whole seconds since 1970; 0 by default.
 * @example
 * ```ts
 * import { copy, normalize, openSink, openSource } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out:same");
 * console.log((await copy(from, to, { steps: [normalize()] })).images.length); // 1
 * ```
 */
export function normalize(time = 0): Step {
  return (root, context) => {
    const made = new Map<Digest, Promise<Layer>>();
    return mapImages(root, (image) =>
      changeLayers(image, async ({ json, history }) => {
        const layers: Layer[] = [];
        for (const layer of image.layers) {
          const { digest } = layer.descriptor;
          const making = made.get(digest) ?? normalizeLayer(layer, image, time, context);
          made.set(digest, making);
          layers.push(await making);
        }
        const created = new Date(time * 1000).toISOString().replace(".000Z", "Z");
        const told = json.history ? history.map((entry): History => ({ ...entry, created })) : [];
        return { layers, history: told, config: { created } };
      }));
  };
}

async function normalizeLayer(
  layer: Layer,
  image: Image,
  time: number,
  context: StepContext,
): Promise<Layer> {
  const of = { ...image, layers: [layer] };
  const made = await packLayerTar(writeNormal(layer, time, context), of, context);
  return made.diffId === layer.diffId ? layer : made;
}

async function* writeNormal(
  layer: Layer,
  time: number,
  { scratch, signal, onNotice, watch = (content) => content }: StepContext,
): ByteStream {
  const store = createSpool(scratch);
  try {
    const options = { layer: 1, onNotice, signal };
    const tree = await mergeLayers({ layers: [watch(layer)] }, store, options);
    const mtime = BigInt(time) * 1_000_000_000n;
    yield* writeArchive(omitNames(tree), store.read, { mtime }, signal);
    await store.verify();
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** Leaves out directories that the layer does not describe, and the names of owners. */
function omitNames(tree: FlatTree): FlatTree {
  return {
    ...tree,
    *entries(): Iterable<FlatEntry> {
      for (const entry of tree.entries()) {
        if (entry.file !== 0) yield { ...entry, uname: "", gname: "" };
      }
    },
  };
}
