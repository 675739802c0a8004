/** Sums of layers: the digest and size of their bytes, which are made for it and let go. */
import type { NextBuffer } from "../bytes/chunk.ts";
import { createHasher, type Digest } from "../bytes/digest.ts";
import { lendBuffer, returnBuffer } from "../bytes/pool.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { claimItems, type Claims } from "../bytes/flow/claims.ts";
import { loadRules } from "./move.ts";
import type { LayerRecipe } from "./recipe.ts";
import type { StoreRoot } from "./store-root.ts";
import { writeLayerTar } from "./tar.ts";
import { createYielder } from "../bytes/flow/yielder.ts";

/** A plain tar's digest, which is its diffID too. */
export interface LayerSum {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** The bytes read at a time: fewer turns, and yet others have theirs a hundred times a second. */
const CHUNK = 1024 * 1024;

/** Makes the layer's bytes. Others have their turn between chunks. Throws as {@link writeLayerTar} does. */
export async function* streamLayer(recipe: LayerRecipe, store: StoreRoot): ByteStream {
  await loadRules([recipe]);
  yield* streamChunks((room) => writeLayerTar(recipe, store, room));
}

/** Gives the chunks that are written into a buffer of its own; others have their turn between them. */
export async function* streamChunks(
  write: (room: NextBuffer) => Iterable<Uint8Array>,
  signal?: AbortSignal,
): ByteStream {
  const buffer = lendBuffer(CHUNK);
  const othersTurn = createYielder();
  try {
    for (const chunk of write(() => buffer)) {
      yield chunk;
      await othersTurn();
      signal?.throwIfAborted();
    }
  } finally {
    returnBuffer(buffer);
  }
}

/** The work of a worker thread: all layers, of which it claims some by itself. */
export interface SumJob {
  readonly recipes: readonly LayerRecipe[];
  readonly store: StoreRoot;
  readonly claims: Claims;
}

/** A layer's sum, with the place of its recipe. */
export type PlacedSum = readonly [place: number, sum: LayerSum];

/** The sums that a thread has found. */
export type Sums = PlacedSum[];

/**
 * Sums layers: its own, and then those that this thread claims. Yields nothing after each chunk, and a
 * sum after each layer. Throws as {@link writeLayerTar} does.
 */
export function* sumLayersOf(
  { recipes, store, claims }: SumJob,
  own: readonly number[] = [],
): Generator<PlacedSum | undefined> {
  const buffer = lendBuffer(CHUNK);
  try {
    for (const place of listPlaces(own, claims)) {
      const hash = createHasher();
      let size = 0;
      for (const chunk of writeLayerTar(recipes[place]!, store, () => buffer)) {
        hash.update(chunk);
        size += chunk.length;
        yield undefined;
      }
      yield [place, { digest: hash.digest(), size }];
    }
  } finally {
    returnBuffer(buffer);
  }
}

function* listPlaces(own: readonly number[], claims: Claims): Generator<number> {
  yield* own;
  yield* claimItems(claims);
}
