/**
 * Layers of a closure without an image around them: what nix2container's commands
 * `layers-from-reproducible-storepaths` and `layers-from-non-reproducible-storepaths` write.
 */
import type { KnownLayers } from "../../cache/known.ts";
import { NixociError } from "../../base/errors.ts";
import {
  createLayers,
  type LayerStyle,
  type Perm,
  type RecipePath,
  type Rewrite,
  type StoreRoot,
} from "../../recipe/mod.ts";
import { layersOf, type Strategy } from "../../layering/mod.ts";
import type { Closure } from "../../nix/formats/path-info.ts";
import { readClosure } from "../../nix/store/closure.ts";
import type { NixStore } from "../../nix/store/store.ts";
import type { History, PlanLayer } from "../../plan/mod.ts";
import { planLayerOf } from "../../plan/plan.ts";
import { keepTar } from "./layer-file.ts";
import { DEFAULT_LAYERING } from "../features/layering.ts";
import { createPlacedPaths } from "../placed.ts";

/** A rule for the files of a store path. */
export type RuleOf<R> = R & { readonly path: string };

/** Options for describing layers; `undefined` is as good as nothing. */
export interface LayersOptions {
  readonly style: LayerStyle;
  /** The style's own by default. */
  readonly strategy?: Strategy | undefined;
  readonly maxLayers: number;
  readonly perms?: readonly RuleOf<Perm>[] | undefined;
  /** Rules that move files. */
  readonly rewrites?: readonly RuleOf<Rewrite>[] | undefined;
  /** The entry of each layer in the image's history. */
  readonly history?: History | undefined;
  /** A path to leave out. */
  readonly ignore?: string | undefined;
  /** Layers below these, whose paths are left out. */
  readonly parents?: readonly PlanLayer[] | undefined;
  /** Keeps each layer's tar in this folder, for paths that might not be built the same again. */
  readonly tarDirectory?: string | undefined;
  readonly store?: StoreRoot | undefined;
  readonly known?: KnownLayers | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Selects the paths that roots refer to, with them; or all that the store's descriptions list, in
 * their order, when no root is named.
 * @throws NixociError `USAGE` where nothing says which, and what finding them throws.
 * @example
 * ```ts
 * import { openStore, selectClosure } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * const path = `/nix/store/${"a".repeat(32)}-hello`;
 * await writeFile("graph.json", JSON.stringify([{ path, narSize: 120, references: [] }]));
 * await using store = await openStore({ descriptions: ["graph.json"] });
 * const closure = await selectClosure(store, []);
 * console.log(closure.length); // 1
 * ```
 */
export async function selectClosure(store: NixStore, roots: readonly string[]): Promise<Closure> {
  if (roots.length > 0) return await readClosure(roots, store);
  if (store.paths === undefined) {
    throw new NixociError("USAGE", "Nothing says which layers", {
      hint: "give a file that describes a closure, or --path",
    });
  }
  return await Promise.all(store.paths.map(async (path) => (await store.info(path))!));
}

/**
 * Describes the layers of a closure, as `writeLayers` writes them down.
 * @throws NixociError `USAGE` for rules of paths that are not there, or are in a lower layer with
 * other rules; whatever making layers, and writing them, throws.
 * @example
 * ```ts
 * import { describeLayers } from "nixoci";
 * const path = `${process.cwd()}/rootfs`;
 * const closure = [{ path, narSize: 120, references: [] }];
 * const layers = await describeLayers(closure, { style: "nix2container", maxLayers: 1 });
 * console.log(layers[0]?.digest); // sha256:…
 * ```
 */
export async function describeLayers(
  closure: Closure,
  options: LayersOptions,
): Promise<PlanLayer[]> {
  checkRules(closure, options);
  const { style, store, known, signal, history, tarDirectory } = options;
  const recipes = groupPaths(closure, options).map((paths) => ({ style, paths }));
  const sizes = new Map(closure.map(({ path, narSize }) => [path, narSize]));
  const sizeOf = (path: string) => sizes.get(path);
  const layers = await createLayers(recipes, { store, known, signal, sizeOf });
  const described: PlanLayer[] = [];
  for (const layer of layers) {
    const tarball = tarDirectory === undefined ? undefined : await keepTar(layer, tarDirectory);
    described.push(planLayerOf(layer, { recipe: layer.recipe, tarball, history }));
  }
  return described;
}

/** Groups the paths of the closure, but those that are left out, into layers. */
function groupPaths(closure: Closure, options: LayersOptions): RecipePath[][] {
  const { style, strategy = DEFAULT_LAYERING[style], maxLayers, ignore } = options;
  const paths = new Map(closure.map(({ path }) => [path, createRecipePath(path, options)]));
  const placed = createPlacedPaths(new Set());
  for (const path of (options.parents ?? []).flatMap(({ recipe }) => recipe?.paths ?? [])) {
    placed.add(path, "a lower layer");
  }
  const left = [...paths.values()].filter((path) =>
    path.path === ignore || placed.has(path, "perms")
  );
  const exclude = new Set(left.map(({ path }) => path));
  return layersOf(closure, { strategy, maxLayers, exclude })
    .map((group) => group.map((path) => paths.get(path)!));
}

function createRecipePath(path: string, { perms = [], rewrites = [] }: LayersOptions): RecipePath {
  const rules = perms.filter((perm) => perm.path === path).map(({ path: _path, ...perm }) => perm);
  const rewrite = rewrites.findLast((one) => one.path === path);
  return {
    path,
    ...(rewrite && { rewrite: { regex: rewrite.regex, repl: rewrite.repl } }),
    ...(rules.length > 0 && { perms: rules }),
  };
}

function checkRules(closure: Closure, { perms = [], rewrites = [] }: LayersOptions): void {
  const paths = new Set(closure.map(({ path }) => path));
  for (const [what, rules] of [["perms", perms], ["rewrites", rewrites]] as const) {
    const at = rules.findIndex(({ path }) => !paths.has(path));
    if (at === -1) continue;
    const { path } = rules[at]!;
    throw new NixociError("USAGE", `${what}[${at}].path: ${path} is not in the closure`, {
      hint: "name one of its store paths",
    });
  }
}
