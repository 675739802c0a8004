/** Digests of many layers, on several threads that each claim whole ones: this one is the first. */
import { availableParallelism } from "node:os";
import { openWorkers } from "../bytes/flow/workers.ts";
import { createClaims, stopClaims } from "../bytes/flow/claims.ts";
import type { MadeEntry } from "./made/made.ts";
import type { LayerRecipe } from "./recipe.ts";
import type { StoreRoot } from "./store-root.ts";
import { type LayerSum, type SumJob, sumLayersOf, type Sums } from "./sum.ts";
import { createYielder } from "../bytes/flow/yielder.ts";

export interface SumOptions {
  readonly signal?: AbortSignal | undefined;
  /** Returns the size of a path in bytes, where that is known: large layers go first. */
  readonly sizeOf?: ((path: string) => number | undefined) | undefined;
  /** This one among them; as many as there are processors by default, and at most four. */
  readonly threads?: number | undefined;
}

/** Each thread takes a dozen megabytes. */
const MAX_THREADS = 4;

/** In milliseconds: what is done by then needs no other threads, for they take longer to start. */
const HEAD_START = 10;

/** Computes the layers' sums, each at its recipe's place. Throws as `layerTar` does. */
export async function sumLayers(
  recipes: readonly LayerRecipe[],
  store: StoreRoot,
  { signal, sizeOf, threads = Math.min(availableParallelism(), MAX_THREADS) }: SumOptions = {},
): Promise<LayerSum[]> {
  const [first, ...rest] = sortLargestFirst(recipes, sizeOf);
  const claims = createClaims(rest);
  // What this thread does first is not told the others: it may say tens of thousands of files.
  const others = recipes.map((recipe, i) =>
    i === first ? { style: recipe.style, paths: [] } : recipe
  );
  const pool = openWorkers<SumJob, Sums>(new URL("./sum-worker.ts", import.meta.url));
  const helpers: Promise<Sums>[] = [];
  const help = () => {
    for (let i = 1; i < Math.min(threads, recipes.length); i++) {
      const helper = pool.run({ recipes: others, store, claims });
      helper.catch(() => stopClaims(claims));
      helpers.push(helper);
    }
  };
  const timer = setTimeout(help, HEAD_START);
  const stop = () => void pool[Symbol.asyncDispose]();
  signal?.addEventListener("abort", stop);
  try {
    const own = await sumHere(
      { recipes, store, claims },
      first === undefined ? [] : [first],
      signal,
    );
    const all = [own, ...await Promise.all(helpers)].flat();
    return all.sort(([a], [b]) => a - b).map(([, sum]) => sum);
  } finally {
    stopClaims(claims);
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    await pool[Symbol.asyncDispose]();
  }
}

/** Sorts the places of recipes into the order in which they are best taken. */
function sortLargestFirst(recipes: readonly LayerRecipe[], sizeOf: SumOptions["sizeOf"]): number[] {
  const weights = recipes.map(({ paths, made = [] }) =>
    paths.reduce((sum, { path }) => sum + (sizeOf?.(path) ?? 1), 0) +
    made.reduce((sum, one) => sum + sizeOfMade(one), 0)
  );
  return [...recipes.keys()].sort((a, b) => weights[b]! - weights[a]!);
}

function sizeOfMade(made: MadeEntry): number {
  const content = made.type === "file" ? made.content : "";
  return typeof content === "object" && "file" in content ? content.size ?? 1 : content.length;
}

/** Sums its own layers, and then what this thread claims; others have their turn between chunks. */
async function sumHere(
  job: SumJob,
  own: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Sums> {
  const sums: Sums = [];
  const othersTurn = createYielder();
  for (const step of sumLayersOf(job, own)) {
    if (step !== undefined) sums.push(step);
    await othersTurn();
    signal?.throwIfAborted();
  }
  return sums;
}
