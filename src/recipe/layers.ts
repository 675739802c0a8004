/** Layers by their recipes: named first, made when their bytes are wanted, and verified then. */
import { NixociError } from "../base/errors.ts";
import { content } from "../image/content.ts";
import { explainWrongBytes } from "../image/explained.ts";
import type { Layer } from "../image/root.ts";
import { quoteName } from "../tar/name.ts";
import { checkRecipe } from "./check.ts";
import type { KnownLayers } from "../cache/known.ts";
import { keyOf } from "./known.ts";
import { labelOf } from "./label.ts";
import { loadRules } from "./move.ts";
import { type LayerPlace, makeLayersIn } from "./make.ts";
import type { LayerRecipe, RecipeLayer } from "./recipe.ts";
import type { StoreRoot } from "./store-root.ts";
import { type LayerSum, streamLayer } from "./sum.ts";
import { sumLayers, type SumOptions } from "./sums.ts";

/** OCI's name for a layer that is a plain tar. */
export const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

/** Options for layers: where paths are, and what is known of layers. */
export interface LayerOptions extends SumOptions {
  /** `/nix/store` by default. */
  readonly store?: StoreRoot | undefined;
  /** Digests that need not be computed again. */
  readonly known?: KnownLayers | undefined;
  /**
   * A sink that layers are made in: those that are not known are made once, hashed while they are
   * written; where it keeps them in order (an archive), it gets all of them. They are in it then, and
   * what comes is an image of these layers, or nothing. Sinks that cannot take what has no name yet,
   * such as registries, get nothing.
   */
  readonly into?: LayerPlace | undefined;
  /** The layers that they stand on: a sink that keeps layers in order gets these first. */
  readonly below?: readonly Layer[] | undefined;
}

/** Options for a layer that has a name: what forgets one that turns out to be another, too. */
export interface NamedLayerOptions extends Pick<LayerOptions, "store"> {
  readonly known?: Pick<KnownLayers, "forget"> | undefined;
}

/**
 * Makes the layers of these recipes, in order. Those that are not known are made once to learn what they
 * are called, on several threads, or in the place where they are to stay; their bytes are made again
 * whenever a layer is opened.
 * @throws NixociError `MALFORMED`, `UNSUPPORTED` for what a recipe cannot say; `NOT_FOUND`, `IO`,
 * `SIZE`, `EXISTS`, `UNSAFE` from reading; from a layer's stream `DIGEST` or `SIZE` when its files
 * are not what they were.
 * @example
 * ```ts
 * import { createLayers } from "nixoci";
 * const path = `${process.cwd()}/rootfs`;
 * const layers = await createLayers([{ style: "nix2container", paths: [{ path }] }]);
 * console.log(layers[0]?.diffId); // sha256:…
 * ```
 */
export async function createLayers(
  recipes: readonly LayerRecipe[],
  options: LayerOptions = {},
): Promise<RecipeLayer[]> {
  await loadRules(recipes);
  recipes.forEach(checkRecipe);
  const { store = {}, known, signal } = options;
  const keys = recipes.map((recipe) => known && keyOf(recipe, store));
  const sums = await findKnown(keys, known);
  const missing = [...recipes.keys()].filter((i) => sums[i] === undefined);
  signal?.throwIfAborted();
  const all = await completeSums(recipes, sums, options);
  const news = missing.flatMap((i) => keys[i] === undefined ? [] : [[keys[i], all[i]!] as const]);
  if (news.length > 0) await known?.set(news);
  return recipes.map((recipe, i) => layerOf(recipe, all[i]!, options));
}

/** Returns the sums of all layers; those that are missing are made for it. */
async function completeSums(
  recipes: readonly LayerRecipe[],
  sums: readonly (LayerSum | undefined)[],
  options: LayerOptions,
): Promise<LayerSum[]> {
  const { store = {}, signal, into, below = [] } = options;
  const missing = recipes.filter((_, i) => sums[i] === undefined);
  if (missing.length > 0 && into?.takeUnnamed !== undefined) {
    const nameLayer = (recipe: LayerRecipe, sum: LayerSum) => layerOf(recipe, sum, options);
    return await makeLayersIn(recipes, sums, { into, below, store, signal, layerOf: nameLayer });
  }
  const made = missing.length === 0 ? [] : await sumLayers(missing, store, options);
  const next = made.values();
  return sums.map((sum) => sum ?? next.next().value!);
}

/**
 * Makes the layer of one recipe; see {@link createLayers}.
 * @example
 * ```ts
 * import { createLayer, readContent } from "nixoci";
 * const layer = await createLayer({
 *   style: "dockertools",
 *   paths: [],
 *   made: [{ type: "file", path: "/etc/motd", content: "hello\n", mode: 0o644 }],
 * });
 * console.log((await readContent(layer, 1e6)).length); // 10240
 * ```
 */
export async function createLayer(
  recipe: LayerRecipe,
  options: LayerOptions = {},
): Promise<RecipeLayer> {
  const [layer] = await createLayers([recipe], options);
  return layer!;
}

/** Returns a layer whose name somebody said: it is proved when it is opened. */
export function layerOf(
  recipe: LayerRecipe,
  sum: LayerSum,
  { store = {}, known }: NamedLayerOptions = {},
): RecipeLayer {
  const { digest, size } = sum;
  const made = content(
    { mediaType: LAYER_TYPE, digest, size },
    () => streamLayer(recipe, store),
  );
  const checked = explainWrongBytes(made, async (error) => {
    const key = known && keyOf(recipe, store);
    if (key !== undefined) await known!.forget(key);
    return outdatedError(sum, recipe, error);
  });
  const label = () => labelOf(recipe, store);
  return { ...checked, isMadeHere: true, label, diffId: digest, recipe };
}

async function findKnown(
  keys: readonly (string | undefined)[],
  known: KnownLayers | undefined,
): Promise<(LayerSum | undefined)[]> {
  const asked = keys.filter((key) => key !== undefined);
  const found = asked.length === 0 ? [] : await known!.get(asked) ?? [];
  const byKey = new Map(asked.map((key, i) => [key, found[i]]));
  return keys.map((key) => key === undefined ? undefined : byKey.get(key));
}

function outdatedError({ digest }: LayerSum, recipe: LayerRecipe, cause: unknown): NixociError {
  const message = `Cannot make layer ${digest} of ${describeSources(recipe)}: ` +
    "the files are not what they were when it was named";
  return new NixociError("DIGEST", message, {
    cause,
    hint: "what was remembered of it is dropped: make the plan or the image again",
  });
}

function describeSources({ paths, made = [] }: LayerRecipe): string {
  const [first, ...more] = [...paths, ...made].map(({ path }) => path);
  if (first === undefined) return "no paths";
  return more.length === 0 ? quoteName(first) : `${quoteName(first)} and ${more.length} more`;
}
