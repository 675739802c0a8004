/** Keeps the layers of a base on disk while an image is made on it: several readers ask for them. */
import type { Digest } from "../../bytes/digest.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { type Content, content } from "../../image/content.ts";
import type { Layer } from "../../image/root.ts";
import type { Scratch } from "../../image/disk/scratch.ts";
import type { Base } from "./base.ts";

type OpenOptions = Parameters<Layer["open"]>[0];

/** A base whose layers are kept. */
export interface KeptBase<T extends Base> {
  readonly base: T;
  /** Keeps no more layers; those that are kept still come from their files. */
  stop(): void;
  /** Has all layers come from the source again. */
  forget(): void;
}

/**
 * Keeps the layers of a base in scratch files as soon as somebody reads them, so that the source is
 * asked for each once. Those that lie in files, or are made of files here, stay as they are.
 */
export function keepBaseLayers<T extends Base>(base: T, scratch: Scratch): KeptBase<T> {
  const state: { phase: Phase } = { phase: "keep" };
  const isFile = (digest: Digest) => base.fileOf?.(digest) !== undefined;
  const isHere = (layer: Layer) =>
    layer.inPlace !== undefined || "recipe" in layer || isFile(layer.descriptor.digest);
  const layers = base.image.layers.map((layer) =>
    isHere(layer) ? layer : keepLayer(layer, scratch, state)
  );
  return {
    base: { ...base, image: { ...base.image, layers } },
    stop: () => void (state.phase = "stop"),
    forget: () => void (state.phase = "forget"),
  };
}

/** Tells what happens to a layer that is read: kept, kept if it was before, or not kept. */
type Phase = "keep" | "stop" | "forget";

function keepLayer(layer: Layer, scratch: Scratch, state: { readonly phase: Phase }): Layer {
  let kept: Promise<Content | undefined> | undefined;
  async function* openKept(options: OpenOptions): ByteStream {
    kept ??= fetchLayer(layer, scratch, options);
    // Where there is no room for it, the layer is asked for again: slow, but no failure.
    yield* (await kept ?? layer).open(options);
  }
  return {
    ...layer,
    open: (options) =>
      state.phase === "keep" || (state.phase === "stop" && kept !== undefined)
        ? openKept(options)
        : layer.open(options),
  };
}

/** Reads a layer to its end into a file of its own; `undefined` where it cannot be written. */
async function fetchLayer(
  layer: Layer,
  scratch: Scratch,
  options: OpenOptions,
): Promise<Content | undefined> {
  const file = await scratch.file().catch(() => undefined);
  if (file === undefined) return undefined;
  let isWhole = false;
  try {
    for await (const chunk of layer.open(options)) {
      if (await hasFailed(file.write(chunk))) return undefined;
    }
    // Reading waits for what is still on its way to the disk.
    isWhole = !await hasFailed(file.readAt(new Uint8Array(1), 0));
  } finally {
    if (!isWhole) await file[Symbol.asyncDispose]();
  }
  return isWhole ? content(layer.descriptor, () => file.read()) : undefined;
}

async function hasFailed(work: Promise<unknown>): Promise<boolean> {
  return await work.then(() => false, () => true);
}
