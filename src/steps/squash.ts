/** Makes one layer of several. */
import { codeOf, NixociError } from "../base/errors.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { writeArchive } from "../flatten/archive.ts";
import { mergeLayers } from "../flatten/merge.ts";
import { createSpool } from "../flatten/spool.ts";
import { splitHistory } from "../image/config/history.ts";
import type { Image, Layer } from "../image/root.ts";
import type { Step, StepContext } from "../image/step.ts";
import { mapImages } from "./images.ts";
import { createRangeMarks } from "./layers/range-marks.ts";
import { changeLayers, entryOf } from "./layers/change-layers.ts";
import { packLayerTar } from "./layers/pack-layer-tar.ts";

/**
 * Creates a step that makes one layer of all layers of an image, or of so many of the highest. What
 * containers see stays: what these layers hide of those below is hidden still. Layers below, and
 * what is not an image in an index (attestations), stay as they are.
 * @throws from the step, NixociError `USAGE` for more layers than there are; what reading throws.
 * @example
 * ```ts
 * import { copy, openSink, openSource, platform, remove, squash } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out:one");
 * const steps = [platform(), remove(["/tmp"]), squash()];
 * console.log((await copy(from, to, { steps })).blobs.moved); // 2
 * ```
 */
export function squash(top?: number): Step {
  return (root, context) => mapImages(root, (image) => squashImage(image, top, context));
}

async function squashImage(
  image: Image,
  top: number | undefined,
  context: StepContext,
): Promise<Image> {
  const { length } = image.layers;
  const count = top ?? length;
  if (!Number.isInteger(count) || count < 0 || count > length) {
    throw new NixociError("USAGE", `Cannot squash ${count} layers of an image that has ${length}`, {
      hint: `take a number up to ${length}`,
    });
  }
  if (count < 2) return image;
  const [below, range] = [image.layers.slice(0, -count), image.layers.slice(-count)];
  const open = () => squashLayers(range, below.length > 0, context);
  const layer = await packLayerTar({ open }, image, context);
  return await changeLayers(image, (now) => {
    const [stays] = splitHistory(now.history, below.length);
    const entry = entryOf(now, "nixoci squash", `${count} layers in one`);
    return { layers: [...below, layer!], history: [...stays, entry] };
  });
}

async function* squashLayers(
  range: readonly Layer[],
  hasBelow: boolean,
  { scratch, signal, onNotice, watch = (content) => content }: StepContext,
): ByteStream {
  const store = createSpool(scratch);
  const marks = createRangeMarks();
  const onEntry = hasBelow ? marks.note : undefined;
  try {
    const layers = range.map(watch);
    const tree = await mergeLayers({ layers }, store, { onEntry, onNotice, signal })
      .catch((error) => {
        throw explainLinks(error, hasBelow);
      });
    yield* writeArchive(marks.addTo(tree), store.read, {}, signal);
    await store.verify();
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

function explainLinks(error: unknown, hasBelow: boolean): unknown {
  const isLink = hasBelow && codeOf(error) === "MALFORMED" &&
    (error as Error).message.includes("is a hard link to");
  if (!isLink) return error;
  return new NixociError("UNSUPPORTED", (error as Error).message, {
    cause: error,
    hint: "the file is in a layer below: squash that one, too",
  });
}
