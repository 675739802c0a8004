/** Stores a layer whose name shows when it has been made. */
import { createHasher } from "../../bytes/digest.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { content, type ContentOpener } from "../../image/content.ts";
import type { Layer } from "../../image/root.ts";
import type { StepContext } from "../../image/step.ts";
import { type NamedBytes, putUnnamed } from "../../image/unnamed.ts";

/** The things that a layer is besides its bytes. */
type LayerNames = Pick<Layer, "descriptor" | "diffId">;

/** A way to make the bytes of a layer. */
export interface LayerMaker {
  /** Makes them; again only where they are at the destination, and are wanted once more. */
  make(isFirst: boolean, signal: AbortSignal | undefined): ByteStream;
  /** Returns what has these bytes, once they are made; `undefined` where it is not wanted after all. */
  describe(bytes: NamedBytes): LayerNames | undefined;
}

/**
 * Makes a layer that will be part of the result, and stores it: at the destination, if that takes bytes
 * before they have a name, or else in scratch, from where it may be taken from now on.
 * @returns `undefined` where it is not wanted after all; then nothing of it is stored.
 */
export async function putLayer(
  { make, describe }: LayerMaker,
  { scratch, signal, ready, takeUnnamed }: StepContext,
): Promise<Layer | undefined> {
  const unnamed = await takeUnnamed?.();
  if (unnamed !== undefined) {
    const again = (options: { signal?: AbortSignal }) => make(false, options.signal);
    const blob = await putUnnamed(unnamed, make(true, signal), (bytes) => {
      const names = describe(bytes);
      return names && { kind: "layer", content: layerOf(names, again) };
    });
    return blob?.content;
  }
  const file = await scratch.file();
  const hasher = createHasher();
  for await (const chunk of make(true, signal)) {
    hasher.update(chunk);
    await file.write(chunk);
  }
  const names = describe({ digest: hasher.digest(), size: file.size });
  const layer = names && layerOf(names, () => file.read());
  if (layer !== undefined) ready?.(layer);
  return layer;
}

function layerOf({ descriptor, diffId }: LayerNames, open: ContentOpener): Layer {
  return { ...content(descriptor, open), diffId };
}
