/**
 * Builds an image: from a SPEC to layers that have digests, before any of their bytes is stored
 * anywhere. Copying it makes those that are missing where they are wanted.
 */
import { resolve } from "node:path";
import { NixociError } from "../base/errors.ts";
import type { KnownBases, KnownLayers } from "../cache/known.ts";
import type { Image, Layer } from "../image/root.ts";
import { type LayerOptions, layersFrom, type StoreLayer } from "../recipe/mod.ts";
import { toNix32 } from "../nix/formats/nix32.ts";
import { imageOfPlan, type Plan, type PlanLayer } from "../plan/mod.ts";
import { assemble, type Draft } from "./assemble.ts";
import { type Base, configOf, historyOf, storePathsIn } from "./base.ts";
import { imageConfig } from "./image-config.ts";
import { openPaths } from "./paths.ts";
import { type Shape, shapeOf } from "./shape.ts";
import type { Spec } from "./spec/spec.ts";

/** What a build needs to know besides the SPEC. */
export interface BuildOptions {
  /** What the SPEC's relative paths are below; the working directory by default. */
  readonly folder?: string;
  /** The image that the SPEC's `fromImage` names. */
  readonly base?: Base;
  /** Digests of layers that need not be computed again. */
  readonly known?: KnownLayers;
  /** Which store paths base images have. */
  readonly bases?: KnownBases;
  readonly signal?: AbortSignal;
}

/** An image that is ready to be copied, and how it is made. */
export interface Built {
  readonly image: Image;
  readonly plan: Plan;
  /** `name:tag`, where the SPEC has a name. */
  readonly name: string | undefined;
}

/**
 * Builds the image that a SPEC describes. Reads what has to be hashed and is not known; stores
 * nothing.
 * @throws NixociError `USAGE` for what the SPEC asks in vain, `NOT_FOUND` and `INCOMPLETE` for what
 * is not in the store, and whatever making layers throws.
 * @example
 * ```ts
 * import { build } from "nixoci";
 * const { image } = await build({ copyToRoot: "examples/hello", config: { Cmd: ["/app"] } });
 * console.log(image.layers.length); // 1
 * ```
 */
export async function build(spec: Spec, options: BuildOptions = {}): Promise<Built> {
  const { folder = process.cwd(), base, bases, known, signal } = options;
  if (spec.fromImage && !base) {
    throw new NixociError("USAGE", `fromImage: nothing says how to open ${spec.fromImage}`, {
      hint: "open it with openSource, and give its image as base",
    });
  }
  const shape = shapeOf(spec, folder);
  const root = resolve(folder, spec.store ?? "/");
  const descriptions = [spec.closure ?? []].flat().map((file) => resolve(folder, file));
  const paths = await openPaths({ root, descriptions });
  try {
    const { storeDir } = paths;
    const mentioned = await paths.mentionedIn(JSON.stringify(shape.config), "config");
    const below = {
      layers: base?.image.layers.length ?? 0,
      storePaths: async () =>
        base
          ? await storePathsIn(base.image, storeDir, {
            ...(bases && { known: bases }),
            ...(signal && { signal }),
          })
          : new Set<string>(),
    };
    const drafts = await assemble(shape, mentioned, paths, below);
    const store = { root, storeDir };
    const layers = await named(drafts, { store, known, signal, sizeOf: paths.sizeOf });
    const plan = await planOf(shape, layers, base);
    const image = await imageOfPlan(plan, {
      store,
      known,
      ...(base && { base: () => Promise.resolve(base.image) }),
    });
    const name = nameOf(shape, image);
    return { image, name, plan: name === undefined ? plan : { ...plan, name } };
  } finally {
    await paths[Symbol.asyncDispose]();
  }
}

/** The layers with their digests: those that no file says are computed. */
async function named(
  drafts: readonly (Draft | PlanLayer)[],
  options: LayerOptions,
): Promise<PlanLayer[]> {
  const recipes = drafts.flatMap((draft) => "digest" in draft ? [] : draft.recipe);
  const made = (await layersFrom(recipes, options)).values();
  return drafts.map((draft) => {
    if ("digest" in draft) return draft;
    const { recipe, history } = draft;
    return planLayer(made.next().value!, { recipe, ...(history && { history }) });
  });
}

async function planOf(
  shape: Shape,
  own: readonly PlanLayer[],
  base: Base | undefined,
): Promise<Plan> {
  const below = base && await configOf(base);
  const under = base?.image.layers.map((layer) => planLayer(layer, origin(layer, base))) ?? [];
  const { annotations } = shape;
  return {
    config: imageConfig(shape, below),
    layers: [...under, ...own],
    ...(base && below && {
      history: [...historyOf(below, under.length), ...own.map(({ history }) => history ?? {})],
      base: base.reference,
    }),
    ...(annotations && { annotations }),
  };
}

/**
 * Where a layer of the base is from, so that nix2container can read the plan: store paths, where the
 * base is an image of those, or a file. Other layers are where the base is.
 */
function origin(layer: Layer | StoreLayer, base: Base): Partial<PlanLayer> {
  if ("recipe" in layer) return { recipe: layer.recipe };
  const tarball = base.fileOf?.(layer.descriptor.digest);
  return tarball === undefined ? {} : { tarball };
}

function planLayer(layer: Layer, more: Partial<PlanLayer> = {}): PlanLayer {
  const { digest, size, mediaType } = layer.descriptor;
  return { digest, size, diffId: layer.diffId, mediaType, ...more };
}

/**
 * What the image is called. A tag that nobody gives is the beginning of the image's ID in Nix's base
 * 32: as long as the hash of a store path, and another one whenever the image is.
 */
function nameOf({ name, tag }: Shape, { config }: Image): string | undefined {
  if (name === undefined) return undefined;
  const id = Buffer.from(config.descriptor.digest.split(":")[1]!, "hex");
  return `${name}:${tag ?? toNix32(id.subarray(0, TAG_BYTES))}`;
}

/** 32 characters. */
const TAG_BYTES = 20;
