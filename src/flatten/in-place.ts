/** Layers that lie uncompressed in files of the source: held open, to be read there a second time. */
import type { RandomAccess } from "../bytes/disk/random.ts";
import { NixociError } from "../base/errors.ts";
import { isPlainTar } from "../image/layer.ts";
import type { Layer } from "../image/root.ts";

/** Files of layers. */
export interface InPlace extends AsyncDisposable {
  /** Looks for the layer's file; to be called before the layer is read, which proves it. */
  hold(layer: Layer): Promise<void>;
  /** The file of a layer that has one. */
  fileOf(layer: Layer): RandomAccess | undefined;
  /**
   * To be called when all has been read: what came from the files is proved then, too.
   * @throws NixociError `IO` when one of them has changed since it was held.
   */
  verify(): Promise<void>;
}

type Held = RandomAccess & AsyncDisposable;

/** No files yet. @param most how many to hold open. */
export function inPlace(most: number): InPlace {
  const files = new Map<Layer, Promise<Held | undefined>>();
  const held = new Map<Layer, Held>();

  const open = async (layer: Layer): Promise<Held | undefined> => {
    const file = await layer.inPlace!();
    // One that has just been written cannot be told from what it may be in a moment.
    if (await file.unchanged?.() !== false) {
      held.set(layer, file);
      return file;
    }
    await file[Symbol.asyncDispose]();
    return undefined;
  };

  return {
    async hold(layer) {
      if (!isPlainTar(layer) || layer.inPlace === undefined) return;
      if (!files.has(layer) && files.size < most) files.set(layer, open(layer));
      await files.get(layer);
    },
    fileOf: (layer) => held.get(layer),
    async verify() {
      for (const [{ descriptor }, file] of held) {
        if (await file.unchanged?.() === false) throw changed(descriptor.digest);
      }
    },
    async [Symbol.asyncDispose]() {
      const all = await Promise.allSettled(files.values());
      files.clear();
      held.clear();
      for (const one of all) {
        if (one.status === "fulfilled") await one.value?.[Symbol.asyncDispose]();
      }
    },
  };
}

function changed(digest: string): NixociError {
  return new NixociError("IO", `the file of layer ${digest} was changed while it was read`, {
    hint: "try again when nothing writes there any more",
  });
}
