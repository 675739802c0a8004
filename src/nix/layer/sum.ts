/** What a layer is called: the digest and size of its bytes, which are made for it and let go. */
import { setImmediate } from "node:timers/promises";
import { type Digest, hasher } from "../../bytes/digest.ts";
import { giveBack, lend } from "../../bytes/pool.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import type { LayerRecipe } from "./recipe.ts";
import type { StoreRoot } from "./store-root.ts";
import { layerTar } from "./tar.ts";

/** A plain tar's digest, which is its diffID too. */
export interface LayerSum {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** What is read at a time: fewer turns, and yet others have theirs some hundred times a second. */
const CHUNK = 1024 * 1024;

/** The layer's bytes. Others have their turn between chunks. Throws as {@link layerTar} does. */
export async function* layerStream(recipe: LayerRecipe, store: StoreRoot): ByteStream {
  const buffer = lend(CHUNK);
  try {
    for (const chunk of layerTar(recipe, store, buffer)) {
      yield chunk;
      await setImmediate();
    }
  } finally {
    giveBack(buffer);
  }
}

/** Digest and size, computed on a thread that has nothing else to do. Throws as it does. */
export function layerSum(recipe: LayerRecipe, store: StoreRoot): LayerSum {
  const buffer = lend(CHUNK);
  try {
    const hash = hasher();
    let size = 0;
    for (const chunk of layerTar(recipe, store, buffer)) {
      hash.update(chunk);
      size += chunk.length;
    }
    return { digest: hash.digest(), size };
  } finally {
    giveBack(buffer);
  }
}
