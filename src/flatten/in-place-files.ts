/**
 * Holds files of uncompressed layers open, so that their contents can be read there a second time.
 */
import type { RandomAccess } from "../bytes/disk/random-access.ts";
import { NixociError } from "../base/errors.ts";
import { isPlainTar } from "../image/layer/layer.ts";
import type { Layer } from "../image/root.ts";

/** Open files of layers. */
export interface InPlaceFiles extends AsyncDisposable {
  /**
   * Opens the layer's file, if it has one; to be called before the layer is read, which proves it.
   */
  hold(layer: Layer): Promise<void>;
  /** Returns the open file of a layer, if it has one. */
  fileOf(layer: Layer): RandomAccess | undefined;
  /**
   * Checks, when all has been read, that the files are still those that were proved.
   * @throws NixociError `IO` when one of them has changed since it was held.
   */
  verify(): Promise<void>;
}

type HeldFile = RandomAccess & AsyncDisposable;

/** Creates an empty set of files. @param most the number of files to hold open. */
export function createInPlaceFiles(most: number): InPlaceFiles {
  const files = new Map<Layer, Promise<HeldFile | undefined>>();
  const held = new Map<Layer, HeldFile>();

  const open = async (layer: Layer): Promise<HeldFile | undefined> => {
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
        if (await file.unchanged?.() === false) throw changedError(descriptor.digest);
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

function changedError(digest: string): NixociError {
  return new NixociError("IO", `the file of layer ${digest} was changed while it was read`, {
    hint: "try again when nothing writes there any more",
  });
}
