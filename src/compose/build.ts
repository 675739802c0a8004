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
import { layerTypeOf } from "../image/media-types.ts";
import type { Image, Layer } from "../image/root.ts";
import { createScratch } from "../image/disk/scratch.ts";
import { formatNix32 } from "../nix/formats/nix32.ts";
import type { Plan, PlanLayer } from "../plan/mod.ts";
import type { LayerPlace } from "../recipe/mod.ts";
import { assembleLayers } from "./assemble.ts";
import { type Base, createBaseReader } from "./base/base.ts";
import { resolveCommand } from "./command.ts";
import { draftImage } from "./draft-image.ts";
import type { Against, ImageDraft, LayerDraft } from "./draft.ts";
import { readBaseBelow } from "./image/base-below.ts";
import { makeImage, nameLayers } from "./image/make-image.ts";
import { keepBaseLayers, type KeptBase } from "./base/keep-base.ts";
import { keepBaseLinks } from "./links/keep-base-links.ts";
import { keepOwnLinks } from "./links/keep-own-links.ts";
import { type OpenBase, openSpecBase } from "./base/open-base.ts";
import type { StoreTree } from "./nixpkgs/tree.ts";
import type { NamedPath } from "./parts.ts";
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
  /**
   * Opens the sink that the image is for, with these traits as its source's, where nothing will change
   * the layers on their way: those that are not known are made in it, once, when nothing else can
   * refuse the image any more; one that keeps layers in order gets those of the base before.
   * `undefined` has them named first. Called for images without commands and services, and without
   * layers that files describe; {@link copy} does the rest.
   */
  readonly into?: OpenLayerPlace | undefined;
  /** The image that it will take the place of: layers that it can keep stay as they are. */
  readonly against?: Against | undefined;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Opens the place that layers are made in. */
export type OpenLayerPlace = (traits: SourceTraits) => Promise<LayerPlace | undefined>;

/** An image that is ready to be copied, and its plan. Disposing lets go of a base that was opened. */
export interface BuildResult extends AsyncDisposable {
  readonly image: Image;
  readonly plan: Plan;
  /** `name:tag`, where the SPEC has a name. */
  readonly name: string | undefined;
  /** Facts for copying it. */
  readonly traits: SourceTraits;
  /** Trees in the image's store, such as nixpkgs, with their paths there. */
  readonly trees: readonly StoreTree[];
  /** The image that it is made on, where there is one that the SPEC names: the platform's own. */
  readonly base?: { readonly reference: string; readonly digest: Digest } | undefined;
  /** Digests of layers that are made of what goes with the image: what scripts made, what was unpacked. */
  readonly passing: readonly Digest[];
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
      change({
        ...await draftImage(spec, { ...options, base, hold }),
        against: options.against,
      });
    if (options.base) return await buildOnGiven(options.base, makeDraft, options, hold);
    const opened = await openSpecBase(spec, options, hold);
    const kept = opened && keepBaseLayers(opened, hold(createScratch()));
    const built = await buildOn(kept, makeDraft, options, hold);
    kept?.stop();
    const base = opened &&
      { reference: opened.reference, digest: opened.image.manifest.descriptor.digest };
    return { ...built, base, traits: { ...built.traits, repository: opened?.repository } };
  });
}

/** Builds on a base that the caller opened, who need not dispose of what is built. */
async function buildOnGiven(
  given: Base,
  makeDraft: MakeDraft,
  options: BuildOptions,
  holdLong: Hold,
): Promise<Omit<BuildResult, keyof AsyncDisposable>> {
  return await useResources(async (hold) => {
    const kept = keepBaseLayers(given, hold(createScratch()));
    const built = await buildOn(kept, makeDraft, options, holdLong);
    kept.forget();
    return built;
  });
}

type MakeDraft = (base?: ConfigJson) => Promise<ImageDraft>;

async function buildOn(
  kept: KeptBase<Base> | undefined,
  makeDraft: MakeDraft,
  given: BuildOptions,
  holdLong: Hold,
): Promise<Omit<BuildResult, keyof AsyncDisposable>> {
  const base = kept?.base;
  const options = { ...given, base };
  const { bases, onNotice, signal } = options;
  const below = base && await readBaseBelow(base);
  const draft = await makeDraft(below?.config);
  const { root, descriptions } = draft.store;
  return await useResources(async (hold) => {
    const paths = hold(await openPaths({ root, descriptions }));
    const baseFiles = createBaseReader(base?.image, paths.storeDir, { known: bases, signal });
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
    const own = keepOwnLinks(placed, paths);
    const drafts = hasBase ? await keepBaseLinks(own, { onNotice, baseFiles, paths }) : own;
    const hasOthers = hasBase || draft.commands.length > 0;
    const config = await resolveCommand(draft, drafts, { ...options, hasBase: hasOthers, paths });
    for (const check of draft.checks) {
      await check({ layers: drafts, config }, { ...context, paths });
    }
    const store = { root, storeDir: paths.storeDir };
    const isWhole = draft.commands.length + draft.late.length === 0 && !drafts.some(hasName) &&
      !base?.image.layers.some(isLicensed);
    const into = isWhole ? await options.into?.(draft.traits) : undefined;
    if (into !== undefined) kept?.stop(); // nobody reads its layers here any more
    const stored = { store, sizeOf: paths.sizeOf, into, below: base?.image.layers };
    const layers = await nameLayers(drafts, { ...options, ...stored });
    const { image, plan, late } = await makeImage({ ...draft, config }, layers, below, {
      ...options,
      store,
      hold: holdLong,
    });
    const name = nameOf(draft, image);
    const lasting = [...layers.filter((_, i) => !isPassing(drafts[i]!)), ...late];
    return {
      image,
      name,
      traits: draft.traits,
      trees: draft.trees,
      passing: plan.layers.slice(below?.layers.length ?? 0)
        .filter((layer) => !lasting.includes(layer)).map(({ digest }) => digest),
      plan: name === undefined ? plan : { ...plan, name },
    };
  });
}

function hasName(draft: LayerDraft | PlanLayer): boolean {
  return "digest" in draft;
}

/** Tells whether a licence may keep the layer out of places, or of formats: that is for the copy to say. */
function isLicensed({ descriptor: { mediaType } }: Layer): boolean {
  return layerTypeOf(mediaType)?.distributable === false;
}

function isPassing(draft: LayerDraft | PlanLayer): boolean {
  return "isPassing" in draft && draft.isPassing === true;
}

async function findMentioned({ mentions }: ImageDraft, paths: SpecPaths): Promise<NamedPath[]> {
  return (await Promise.all(mentions.map(({ text, at }) => paths.findMentions(text, at)))).flat();
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
