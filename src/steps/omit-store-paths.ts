/** Leaves store paths out of images, for nodes that have them in a Nix store of their own. */
import { lstat } from "node:fs/promises";
import { NixociError, wrapError } from "../base/errors.ts";
import { formatOf } from "../image/documents/assemble.ts";
import type { Layer } from "../image/root.ts";
import type { Step } from "../image/step.ts";
import { isStorePath } from "../nix/formats/store-path.ts";
import { createLayer } from "../recipe/layers.ts";
import type { MadeEntry } from "../recipe/made/made.ts";
import type { RecipeLayer, RecipePath } from "../recipe/recipe.ts";
import { diskRootOf, type StoreRoot } from "../recipe/store-root.ts";
import { mapImages } from "./images.ts";
import { changeLayers } from "./layers/change-layers.ts";

// Of nix-snapshotter: containerd hands annotations that begin so to the snapshotter.
const IS_NIX_LAYER = "containerd.io/snapshot/nix-layer";
const STORE_PATH = "containerd.io/snapshot/nix-store-path.";

/**
 * Creates a step that leaves store paths out of layers that are made of them here, and says which: as
 * nix-snapshotter reads it, which mounts those of the node's own store, or of its caches, in their
 * places. All else in a layer stays: what is copied to the root, what is made, links, paths with modes of
 * their own. Such an image runs nowhere else.
 * @param store where the paths are on this machine.
 * @throws NixociError `USAGE` for an image without such layers, `UNSUPPORTED` for one in Docker's format
 * or whose one layer is buildImage's.
 * @see https://github.com/pdtpartners/nix-snapshotter/blob/main/docs/architecture.md#image-manifest
 * @example
 * ```ts
 * import { copy, omitStorePaths, openSink, openSource } from "nixoci";
 * await using from = await openSource("oci-dir:in"); // that of a SPEC or plan has layers of store paths
 * await using to = await openSink("oci-dir:out:nix");
 * const copied = copy(from, to, { all: true, steps: [omitStorePaths()] });
 * console.log(await copied.catch(({ code }) => code)); // USAGE
 * ```
 */
export function omitStorePaths(store: StoreRoot = {}): Step {
  return (root, { onNotice }) =>
    mapImages(root, async (image) => {
      if (formatOf(image) === "docker") {
        throw refusedError("is in Docker's format, without annotations", "Docker's format");
      }
      const layers = await Promise.all(image.layers.map((layer) => omitFrom(layer, store)));
      if (layers.every((layer, i) => layer === image.layers[i])) throw nothingError(layers);
      const message = "its store paths are left out: it runs where nix-snapshotter has them alone";
      onNotice?.({ code: "LEFT_OUT", message });
      return await changeLayers(image, ({ history }) => ({ layers, history }));
    });
}

async function omitFrom(layer: Layer, store: StoreRoot): Promise<Layer> {
  if (!isRecipeLayer(layer)) return layer;
  const { paths, made = [], append } = layer.recipe;
  const places = await Promise.all(
    paths.filter(isAsStored).map(({ path }) => makePlace(path, store)),
  );
  const omitted = places.filter((place) => place !== undefined);
  if (omitted.length === 0) return layer;
  if (append !== undefined) throw refusedError("has all in one layer (singleLayer)", "singleLayer");
  const names = omitted.map(({ path }) => path);
  const recipe = {
    ...layer.recipe,
    paths: paths.filter((one) => !isAsStored(one) || !names.includes(one.path)),
    made: [...FOLDERS, ...omitted, ...made],
  };
  const { descriptor, ...left } = await createLayer(recipe, { store });
  const named = names.map((path, at) => [`${STORE_PATH}${at}`, path]);
  const annotations = { [IS_NIX_LAYER]: "true", ...Object.fromEntries(named) };
  return { ...left, descriptor: { ...descriptor, annotations } };
}

const FOLDERS: readonly MadeEntry[] = [
  { type: "directory", path: "/nix" },
  { type: "directory", path: "/nix/store" },
];

function isRecipeLayer(layer: Layer | RecipeLayer): layer is RecipeLayer {
  return "recipe" in layer;
}

/** Tells whether it is a store path as it is, at its place in the store. */
function isAsStored({ path, rewrite, perms = [] }: RecipePath): boolean {
  return isStorePath(path) && rewrite === undefined && perms.length === 0;
}

/**
 * Makes the place that a path is mounted at: an empty folder, or a file; `undefined` for a link, which
 * stays, for what it leads to would be mounted.
 */
async function makePlace(path: string, store: StoreRoot): Promise<MadeEntry | undefined> {
  try {
    const stats = await lstat(diskRootOf(path, store) + path);
    if (stats.isSymbolicLink()) return undefined;
    return stats.isDirectory()
      ? { type: "directory", path }
      : { type: "file", path, content: "", mode: 0o555 };
  } catch (error) {
    throw wrapError(error, `Cannot read ${path}`);
  }
}

function refusedError(what: string, cause: string): NixociError {
  return new NixociError("UNSUPPORTED", `the image ${what}, which nix-snapshotter cannot mount`, {
    hint: `leave out --nix-snapshotter, or ${cause}`,
  });
}

/** Makes the error that nothing can be left out of the layers. */
function nothingError(layers: readonly Layer[]): NixociError {
  const paths = layers.flatMap((layer) => isRecipeLayer(layer) ? layer.recipe.paths : []);
  if (paths.some(({ path, rewrite }) => isStorePath(path) && rewrite === undefined)) {
    const which = "none of the image's store paths can be left out";
    return new NixociError("USAGE", `${which}: perms changes them, or they are links`, {
      hint: "leave out --nix-snapshotter, or perms",
    });
  }
  return new NixociError("USAGE", "no layer of the image is made of store paths here", {
    hint: "build it of a SPEC with store paths",
  });
}
