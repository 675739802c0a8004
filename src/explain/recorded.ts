/** Reads which store paths the layers have, where the image says it itself: no layer is read. */
import { completeHistory, type History } from "../image/config/history.ts";
import type { ConfigJson } from "../image/documents/schemas.ts";
import type { Layer } from "../image/root.ts";
import type { RecipeLayer } from "../recipe/recipe.ts";

/** A layer, and what the config's history says of it. */
export interface ToldLayer {
  readonly layer: Layer;
  /** Its place in the image: 1 is the lowest. */
  readonly number: number;
  readonly history: History;
  /** The store paths that it was made of; `undefined` where nothing says them. */
  readonly storePaths: readonly string[] | undefined;
}

// Python's list, as dockerTools writes it, and so do we.
const COMMENT = /^store paths: \[(.*)\]$/s;

const STORE_PATH = /^(?:\/[^/']+)+\/[0-9a-z]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;

/**
 * Tells what an image says of its layers: a plan's layers by their recipes, others by the comment
 * that dockerTools and nixoci leave in the history, of layers in the order of the image.
 */
export function toldLayersOf(layers: readonly Layer[], config: ConfigJson): ToldLayer[] {
  const entries = completeHistory(config, layers.length).filter((entry) => !entry.empty_layer);
  return layers.map((layer, i) => {
    const history = entries[i] ?? {};
    return {
      layer,
      number: i + 1,
      history,
      storePaths: recipePathsOf(layer) ?? parseTold(history),
    };
  });
}

/** Lists the store paths that layers are told to have, each once, in the order of the layers. */
export function listToldPaths(told: readonly ToldLayer[]): string[] {
  return [...new Set(told.flatMap(({ storePaths = [] }) => storePaths))];
}

function recipePathsOf(layer: Layer): string[] | undefined {
  const { recipe } = layer as Partial<RecipeLayer>;
  return recipe?.paths.filter(({ rewrite }) => !rewrite?.regex).map(({ path }) => path);
}

function parseTold({ comment = "" }: History): string[] | undefined {
  const list = COMMENT.exec(comment)?.[1];
  if (list === undefined) return undefined;
  const words = list.split(",").map((word) => word.trim().replace(/^'|'$/g, ""));
  const paths = words.filter((word) => word !== "");
  return paths.every((path) => STORE_PATH.test(path)) ? paths : undefined;
}
