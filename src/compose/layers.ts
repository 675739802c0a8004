/**
 * Layers of a closure without an image around them: what nix2container's commands
 * `layers-from-reproducible-storepaths` and `layers-from-non-reproducible-storepaths` write.
 */
import { dirname, resolve } from "node:path";
import { atomicFile } from "../bytes/disk/atomic.ts";
import type { KnownLayers } from "../cache/known.ts";
import { makeFolder } from "../bytes/disk/folder.ts";
import { during, NixociError } from "../base/errors.ts";
import {
  layersFrom,
  type LayerStyle,
  type Perm,
  type RecipePath,
  type Rewrite,
  type StoreLayer,
  type StoreRoot,
} from "../recipe/mod.ts";
import { layersOf, type Strategy } from "../layering/mod.ts";
import type { Closure } from "../nix/formats/path-info.ts";
import type { History, PlanLayer } from "../plan/mod.ts";
import { placedAbove } from "./placed.ts";

/** How the layers are to be. */
export interface LayersOptions {
  readonly style: LayerStyle;
  readonly strategy: Strategy;
  readonly maxLayers: number;
  /** Rules for the files of some paths. */
  readonly perms?: readonly (Perm & { readonly path: string })[];
  /** How the files of some paths are moved. */
  readonly rewrites?: readonly (Rewrite & { readonly path: string })[];
  /** What the image's history is to say of each layer. */
  readonly history?: History;
  /** A path to leave out. */
  readonly ignore?: string;
  /** Layers below these, whose paths are left out. */
  readonly parents?: readonly PlanLayer[];
  /** Keep each layer's tar in this folder, for paths that might not be built the same again. */
  readonly tarDirectory?: string;
  readonly store?: StoreRoot;
  readonly known?: KnownLayers;
  readonly signal?: AbortSignal;
}

/**
 * The layers of a closure.
 * @throws NixociError `USAGE` for rules of paths that are not there, or are in a lower layer with
 * other rules; whatever making layers, and writing them, throws.
 */
export async function describeLayers(
  closure: Closure,
  options: LayersOptions,
): Promise<PlanLayer[]> {
  const { style, strategy, maxLayers, parents = [], ignore, history, tarDirectory } = options;
  checkRules(closure, options);
  const paths = new Map(closure.map(({ path }) => [path, recipePath(path, options)]));
  const placed = placedAbove(new Set());
  for (const path of parents.flatMap(({ recipe }) => recipe?.paths ?? [])) {
    placed.add(path, "a lower layer");
  }
  const exclude = new Set(
    [...paths.values()].filter((path) => path.path === ignore || placed.has(path, "perms"))
      .map(({ path }) => path),
  );
  const groups = layersOf(closure, { strategy, maxLayers, exclude });
  const recipes = groups.map((group) => ({ style, paths: group.map((path) => paths.get(path)!) }));
  const { store, known, signal } = options;
  const sizes = new Map(closure.map(({ path, narSize }) => [path, narSize]));
  const sizeOf = (path: string) => sizes.get(path);
  const layers = await layersFrom(recipes, { store, known, signal, sizeOf });
  const described: PlanLayer[] = [];
  for (const layer of layers) {
    const { descriptor: { digest, size, mediaType }, diffId, recipe } = layer;
    described.push({
      digest,
      size,
      diffId,
      mediaType,
      recipe,
      ...(tarDirectory !== undefined && { tarball: await keep(layer, tarDirectory) }),
      ...(history && { history }),
    });
  }
  return described;
}

function recipePath(path: string, { perms = [], rewrites = [] }: LayersOptions): RecipePath {
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

/** Writes the layer's tar, named by its digest, as nix2container does. */
async function keep(layer: StoreLayer, folder: string): Promise<string> {
  const [, hex] = layer.diffId.split(":");
  const path = resolve(folder, `${hex}.tar`);
  try {
    await makeFolder(dirname(path));
    const file = await atomicFile(path);
    try {
      for await (const chunk of layer.open()) await file.write(chunk);
      await file.commit();
    } finally {
      await file.discard();
    }
  } catch (error) {
    throw during(error, `Cannot keep layer ${layer.diffId}`);
  }
  return path;
}
