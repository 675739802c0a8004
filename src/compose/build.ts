/**
 * Builds an image: from a SPEC to layers that have digests, before any of their bytes is stored
 * anywhere. Copying it makes those that are missing where they are wanted.
 */
import { useResources } from "../base/dispose.ts";
import type { KnownBases, KnownLayers } from "../cache/known.ts";
import type { ConfigJson } from "../image/schemas.ts";
import type { Image, Layer } from "../image/root.ts";
import { type LayerOptions, layersFrom, type StoreLayer } from "../recipe/mod.ts";
import { toNix32 } from "../nix/formats/nix32.ts";
import { type History, imageOfPlan, type Plan, type PlanLayer } from "../plan/mod.ts";
import { assemble } from "./assemble.ts";
import { type Base, configOf, historyOf, storePathsIn } from "./base.ts";
import type { ImageDraft, LayerDraft } from "./draft.ts";
import { draftImage } from "./draft-image.ts";
import type { NamedPath } from "./parts.ts";
import { openPaths, type Paths } from "./paths.ts";
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
  const { base, known } = options;
  const below = base && await readBase(base);
  const draft = await draftImage(spec, { folder: options.folder, base: below?.config });
  const { root, descriptions } = draft.store;
  return await useResources(async (hold) => {
    const paths = hold(await openPaths({ root, descriptions }));
    const drafts = await assemble(draft, await mentionedIn(draft, paths), paths, {
      layers: below?.layers.length ?? 0,
      storePaths: () => storePathsBelow(paths.storeDir, options),
    });
    const store = { root, storeDir: paths.storeDir };
    const layers = await nameLayers(drafts, { ...options, store, sizeOf: paths.sizeOf });
    const plan = planOf(draft, layers, below);
    const image = await imageOfPlan(plan, {
      store,
      known,
      ...(base && { base: () => Promise.resolve(base.image) }),
    });
    const name = nameOf(draft, image);
    return { image, name, plan: name === undefined ? plan : { ...plan, name } };
  });
}

async function mentionedIn({ mentions }: ImageDraft, paths: Paths): Promise<NamedPath[]> {
  return (await Promise.all(mentions.map(({ text, at }) => paths.mentionedIn(text, at)))).flat();
}

async function storePathsBelow(
  storeDir: string,
  { base, bases: known, signal }: BuildOptions,
): Promise<ReadonlySet<string>> {
  return base ? await storePathsIn(base.image, storeDir, { known, signal }) : new Set();
}

/** Names the layers by their digests: those that no file says are computed. */
async function nameLayers(
  drafts: readonly (LayerDraft | PlanLayer)[],
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

function planOf(
  { config, annotations }: ImageDraft,
  own: readonly PlanLayer[],
  below: BaseBelow | undefined,
): Plan {
  return {
    config,
    layers: [...below?.layers ?? [], ...own],
    ...(below && {
      history: [...below.history, ...own.map(({ history }) => history ?? {})],
      base: below.reference,
    }),
    ...(annotations && { annotations }),
  };
}

/** What a base brings along: its config, and its layers as a plan has them. */
interface BaseBelow {
  readonly config: ConfigJson;
  readonly layers: readonly PlanLayer[];
  readonly history: readonly History[];
  readonly reference: string;
}

async function readBase(base: Base): Promise<BaseBelow> {
  const config = await configOf(base);
  const layers = base.image.layers.map((layer) => planLayer(layer, origin(layer, base)));
  return { config, layers, history: historyOf(config, layers.length), reference: base.reference };
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
function nameOf({ name, tag }: ImageDraft, { config }: Image): string | undefined {
  if (name === undefined) return undefined;
  const id = Buffer.from(config.descriptor.digest.split(":")[1]!, "hex");
  return `${name}:${tag ?? toNix32(id.subarray(0, TAG_BYTES))}`;
}

/** 32 characters. */
const TAG_BYTES = 20;
