/** Digests of many layers, on several threads that each claim a whole one: this one is the first. */
import { availableParallelism } from "node:os";
import { hasher } from "../../bytes/digest.ts";
import { workers } from "../../bytes/workers.ts";
import type { LayerRecipe } from "./recipe.ts";
import type { StoreRoot } from "./store-root.ts";
import { layerStream, type LayerSum } from "./sum.ts";

/** What a worker thread is given. */
export interface SumJob {
  readonly recipe: LayerRecipe;
  readonly store: StoreRoot;
}

export interface SumOptions {
  readonly signal?: AbortSignal | undefined;
  /** How large a path is, in bytes, where that is known: large layers go first. */
  readonly sizeOf?: ((path: string) => number | undefined) | undefined;
  /** This one among them; as many as there are processors by default, and at most four. */
  readonly threads?: number | undefined;
}

/** Each thread takes a dozen megabytes. */
const MAX_THREADS = 4;

/** In milliseconds: whatever is done by then needs no other threads, which take as long to start. */
const HEAD_START = 10;

/** The layers' sums, each at its recipe's place. Throws as `layerTar` does. */
export async function layerSums(
  recipes: readonly LayerRecipe[],
  store: StoreRoot,
  { signal, sizeOf, threads = Math.min(availableParallelism(), MAX_THREADS) }: SumOptions = {},
): Promise<LayerSum[]> {
  const sums: LayerSum[] = [];
  const claim = claimer(recipes, sizeOf);
  const lane = async (work: (recipe: LayerRecipe) => Promise<LayerSum>): Promise<void> => {
    for (let i = claim.next(); i !== undefined; i = claim.next()) sums[i] = await work(recipes[i]!);
  };
  const pool = workers<SumJob, LayerSum>(new URL("./sum-worker.ts", import.meta.url));
  const helpers: Promise<void>[] = [];
  const help = () => {
    for (let i = 1; i < threads && i <= claim.left(); i++) {
      const helper = lane((recipe) => pool.run({ recipe, store }));
      helper.catch(() => claim.stop());
      helpers.push(helper);
    }
  };
  const timer = setTimeout(help, HEAD_START);
  const stop = () => void pool[Symbol.asyncDispose]();
  signal?.addEventListener("abort", stop);
  try {
    await lane((recipe) => sumHere(recipe, store, signal));
    await Promise.all(helpers);
    return sums;
  } finally {
    claim.stop();
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    await pool[Symbol.asyncDispose]();
  }
}

/** Deals out places of recipes, those of the largest layers first. */
function claimer(recipes: readonly LayerRecipe[], sizeOf: SumOptions["sizeOf"]) {
  const weights = recipes.map(({ paths }) =>
    paths.reduce((sum, { path }) => sum + (sizeOf?.(path) ?? 1), 0)
  );
  const order = [...recipes.keys()].sort((a, b) => weights[b]! - weights[a]!);
  let at = 0;
  return {
    next: () => order[at++],
    left: () => Math.max(0, order.length - at),
    stop: () => void (at = order.length),
  };
}

async function sumHere(
  recipe: LayerRecipe,
  store: StoreRoot,
  signal: AbortSignal | undefined,
): Promise<LayerSum> {
  const hash = hasher();
  let size = 0;
  for await (const chunk of layerStream(recipe, store)) {
    signal?.throwIfAborted();
    hash.update(chunk);
    size += chunk.length;
  }
  return { digest: hash.digest(), size };
}
