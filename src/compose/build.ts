/**
 * Builds an image: from a SPEC to layers that have digests, before any of their bytes is stored
 * anywhere. Copying it makes those that are missing where they are wanted.
 */
import { type Hold, ownResources, useResources } from "../base/dispose.ts";
import type { OnNotice } from "../base/notices.ts";
import type { Digest } from "../bytes/digest.ts";
import type { KnownBases, KnownLayers } from "../cache/known.ts";
import type { ConfigJson } from "../image/documents/schemas.ts";
import type { SourceTraits } from "../image/source.ts";
import type { Image } from "../image/root.ts";
import {
  createLayers,
  type LayerOptions,
  type RecipeLayer,
  type StoreRoot,
} from "../recipe/mod.ts";
import { formatNix32 } from "../nix/formats/nix32.ts";
import {
  createPlanImage,
  type History,
  type Plan,
  type PlanLayer,
  type PlannedLayer,
} from "../plan/mod.ts";
import { planLayerOf } from "../plan/plan.ts";
import { assembleLayers } from "./assemble.ts";
import { type Base, type BaseFiles, readBaseConfig, readBaseFiles } from "./base.ts";
import { completeHistory } from "../image/config/history.ts";
import { type CommandLayers, runCommands } from "./commands/run-commands.ts";
import { keepBaseLinks } from "./keep-base-links.ts";
import { resolveCommand } from "./command.ts";
import type { ImageDraft, LayerDraft } from "./draft.ts";
import { draftImage } from "./draft-image.ts";
import type { NamedPath } from "./parts.ts";
import { type OpenBase, openSpecBase } from "./open-base.ts";
import { openPaths, type SpecPaths } from "./paths.ts";
import type { Spec } from "./spec/spec.ts";

/** Options for a build; `undefined` is as good as nothing. */
export interface BuildOptions {
  /** The folder that the SPEC's relative paths are below; the working directory by default. */
  readonly folder?: string;
  /** The image that the SPEC's `fromImage` names, where the caller has it. */
  readonly base?: Base | undefined;
  /** Opens the image that the SPEC's `fromImage` names, where the caller has it not. */
  readonly openBase?: OpenBase | undefined;
  /** Digests of layers that need not be computed again. */
  readonly known?: KnownLayers | undefined;
  /** Store paths of base images that need not be looked for again. */
  readonly bases?: KnownBases | undefined;
  /**
   * Refuses a bare command that no program of the image is called, where it has programs; by default
   * a notice says it, for dockerTools and nix2container make such images.
   */
  readonly strict?: boolean | undefined;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An image that is ready to be copied, and its plan. Disposing lets go of a base that was opened. */
export interface BuildResult extends AsyncDisposable {
  readonly image: Image;
  readonly plan: Plan;
  /** `name:tag`, where the SPEC has a name. */
  readonly name: string | undefined;
  /** Facts for copying it. */
  readonly traits: SourceTraits;
  /** Digests of layers that scripts have made: what these are made of goes with the image. */
  readonly scripted: readonly Digest[];
}

/**
 * Builds the image that a SPEC describes. Reads what has to be hashed and is not known; stores
 * nothing.
 * @throws NixociError `USAGE` for what the SPEC asks in vain, `NOT_FOUND` and `INCOMPLETE` for what
 * is not in the store, and whatever making layers throws.
 * @example
 * ```ts
 * import { build } from "nixoci";
 * const { image } = await build({ copyToRoot: "rootfs", config: { Cmd: ["/bin/app"] } });
 * console.log(image.layers.length); // 1
 * ```
 */
export async function build(spec: Spec, options: BuildOptions = {}): Promise<BuildResult> {
  return await buildDraft(spec, (draft) => draft, options);
}

/** Changes an image in the making, once all features have been asked. */
export type ChangeDraft = (draft: ImageDraft) => ImageDraft;

/** Builds the image that a SPEC describes and that is then changed. Throws as {@link build} does. */
export async function buildDraft(
  spec: Spec,
  change: ChangeDraft,
  options: BuildOptions,
): Promise<BuildResult> {
  return await ownResources(async (hold) => {
    const makeDraft = async (base?: ConfigJson) =>
      change(await draftImage(spec, { folder: options.folder, base }));
    if (options.base) return await buildOn(options.base, makeDraft, options, hold);
    const base = await openSpecBase(spec, options, hold);
    const built = await buildOn(base, makeDraft, { ...options, base }, hold);
    return { ...built, traits: { ...built.traits, repository: base?.repository } };
  });
}

async function buildOn(
  base: Base | undefined,
  makeDraft: (base?: ConfigJson) => Promise<ImageDraft>,
  options: BuildOptions,
  holdLong: Hold,
): Promise<Omit<BuildResult, keyof AsyncDisposable>> {
  const { bases, onNotice, signal } = options;
  const below = base && await readBase(base);
  const draft = await makeDraft(below?.config);
  const { root, descriptions } = draft.store;
  return await useResources(async (hold) => {
    const paths = hold(await openPaths({ root, descriptions }));
    const baseFiles = createBaseReader(paths.storeDir, options);
    const baseStorePaths = async () => (await baseFiles()).storePaths;
    const context = { base: base?.image, baseStorePaths, bases, hold: holdLong, onNotice, signal };
    const placed = await assembleLayers(draft, await findMentioned(draft, paths), paths, {
      layers: below?.layers.length ?? 0,
      storePaths: baseStorePaths,
      top: async () => (await baseFiles()).top,
    }, {
      ...context,
      followBaseLinks: async (recipe) => {
        const [kept] = await keepBaseLinks([{ recipe, history: undefined }], { baseFiles, paths });
        return kept?.recipe ?? recipe;
      },
    });
    const hasBase = below !== undefined && below.layers.length > 0;
    const drafts = hasBase ? await keepBaseLinks(placed, { onNotice, baseFiles, paths }) : placed;
    const hasOthers = hasBase || draft.commands.length > 0;
    const config = await resolveCommand(draft, drafts, { ...options, hasBase: hasOthers, paths });
    for (const check of draft.checks) {
      await check({ layers: drafts, config }, { ...context, paths });
    }
    const store = { root, storeDir: paths.storeDir };
    const layers = await nameLayers(drafts, { ...options, store, sizeOf: paths.sizeOf });
    const { image, plan } = await makeImage({ ...draft, config }, layers, below, {
      ...options,
      store,
      hold: holdLong,
    });
    const name = nameOf(draft, image);
    const lasting = layers.filter((_, i) => !isScripted(drafts[i]!));
    return {
      image,
      name,
      traits: draft.traits,
      scripted: plan.layers.slice(below?.layers.length ?? 0)
        .filter((layer) => !lasting.includes(layer)).map(({ digest }) => digest),
      plan: name === undefined ? plan : { ...plan, name },
    };
  });
}

function isScripted(draft: LayerDraft | PlanLayer): boolean {
  return "isScripted" in draft && draft.isScripted === true;
}

/** Makes the image of these layers and of those that the SPEC's commands make, which run now. */
async function makeImage(
  draft: ImageDraft,
  layers: readonly PlanLayer[],
  below: BaseBelow | undefined,
  { store, hold, base, known, onNotice, signal }: BuildOptions & {
    readonly store: StoreRoot;
    readonly hold: Hold;
  },
): Promise<{ readonly image: Image; readonly plan: Plan }> {
  const imageOf = (plan: Plan) =>
    createPlanImage(plan, {
      store,
      known,
      base: base && (() => Promise.resolve(base.image)),
      below: base?.image.layers,
    });
  const plan = planOf(draft, layers, below);
  const image = await imageOf(plan);
  const { commands, config } = draft;
  if (commands.length === 0) return { image, plan };
  const surroundings = { layers: image.layers, config, hold, onNotice, signal };
  const whole = planOf(draft, layers, below, await runCommands(commands, surroundings));
  return { image: await imageOf(whole), plan: whole };
}

async function findMentioned({ mentions }: ImageDraft, paths: SpecPaths): Promise<NamedPath[]> {
  return (await Promise.all(mentions.map(({ text, at }) => paths.findMentions(text, at)))).flat();
}

/** Returns what reads the files of the base, once, when it is first asked. */
function createBaseReader(
  storeDir: string,
  { base, bases: known, signal }: BuildOptions,
): () => Promise<BaseFiles> {
  let files: Promise<BaseFiles> | undefined;
  const none: BaseFiles = { storePaths: new Set(), links: new Map(), top: new Map() };
  return async () =>
    base ? await (files ??= readBaseFiles(base.image, storeDir, { known, signal })) : none;
}

/** Names the layers by their digests: those that no file says are computed. */
async function nameLayers(
  drafts: readonly (LayerDraft | PlanLayer)[],
  options: LayerOptions,
): Promise<PlanLayer[]> {
  const recipes = drafts.flatMap((draft) => "digest" in draft ? [] : draft.recipe);
  const made = (await createLayers(recipes, options)).values();
  return drafts.map((draft) => {
    if ("digest" in draft) return draft;
    const { recipe, history } = draft;
    return planLayerOf(made.next().value!, { recipe, history });
  });
}

function planOf(
  { config, plan }: ImageDraft,
  own: readonly PlanLayer[],
  below: BaseBelow | undefined,
  ran: CommandLayers = { layers: [], history: [] },
): Plan {
  const layers = [...below?.layers ?? [], ...own, ...ran.layers];
  const history = [
    ...below?.history ?? [],
    ...own.map(({ history }) => history ?? {}),
    ...ran.history,
  ];
  const isPlain = below === undefined && history.length === layers.length;
  return {
    config,
    layers,
    ...(!isPlain && { history }),
    ...(below && { base: below.reference }),
    ...plan,
  };
}

/** A base as a plan has it: its config, its layers, its history. */
interface BaseBelow {
  readonly config: ConfigJson;
  readonly layers: readonly PlanLayer[];
  readonly history: readonly History[];
  readonly reference: string;
}

async function readBase(base: Base): Promise<BaseBelow> {
  const config = await readBaseConfig(base);
  const { layers } = base.image;
  const history = completeHistory(config, layers.length);
  const told = history.filter((entry) => !entry.empty_layer);
  return {
    config,
    layers: layers.map((layer, i) =>
      planLayerOf(layer, { ...originOf(layer, base), history: told[i] })
    ),
    history,
    reference: base.reference,
  };
}

/**
 * Returns where a layer of the base is from, so that nix2container can read the plan: store paths,
 * where the base is an image of those, or a file. Other layers are where the base is.
 */
function originOf(layer: PlannedLayer | RecipeLayer, base: Base): Partial<PlanLayer> {
  if ("recipe" in layer) return { recipe: layer.recipe };
  const tarball = layer.tarball ?? base.fileOf?.(layer.descriptor.digest);
  return tarball === undefined ? {} : { tarball };
}

/**
 * Returns the name of the image. A tag that nobody gives is the beginning of the image's ID in Nix's
 * base 32: as long as the hash of a store path, and another one whenever the image is.
 */
function nameOf({ name, tag }: ImageDraft, { config }: Image): string | undefined {
  if (name === undefined) return undefined;
  const id = Buffer.from(config.descriptor.digest.split(":")[1]!, "hex");
  return `${name}:${tag ?? formatNix32(id.subarray(0, TAG_BYTES))}`;
}

/** 32 characters. */
const TAG_BYTES = 20;
