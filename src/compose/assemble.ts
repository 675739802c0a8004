/**
 * The layers of an image: explicit layers first, then the image's own, then those on top. A path
 * is in one layer only, and in none when the base image has it.
 */
import type { OnNotice } from "../base/notices.ts";
import type { PlanLayer } from "../plan/mod.ts";
import type { ImageDraft, LayerDraft } from "./draft.ts";
import { contentsOf, locatePart } from "./contents.ts";
import { findNeeded } from "./needed.ts";
import { completeCustomisation } from "./customise/complete.ts";
import type { CustomiseContext, StoreContents } from "./customise/customisation.ts";
import { findCircles } from "./customise/circles.ts";
import { findRefusedLinks } from "./customise/refused-links.ts";
import { draftCustomisation } from "./customise/draft-customisation.ts";
import { completeSingle } from "./customise/complete-single.ts";
import { reportTwice } from "./customise/report-twice.ts";
import { draftTreeLayer } from "./nixpkgs/layer.ts";
import type { StoreTree } from "./nixpkgs/tree.ts";
import { createPlacedPaths, type PlacedPaths } from "./placed.ts";
import { makeFarm } from "./farm/make.ts";
import { makeHelpers } from "./helpers/make-helpers.ts";
import type { SpecPaths } from "./paths.ts";
import { copyOf, draftLayers, fieldOf, type FilledPart } from "./layers/part-layers.ts";
import type { NamedPath, SpecPart } from "./parts.ts";
import { addRecordedLayers, readRecorded, type RecordedLayers } from "./recorded.ts";

/** The base image, as far as it concerns the layers on it. */
export interface Below {
  readonly layers: number;
  /** The store paths in them. */
  storePaths(): Promise<ReadonlySet<string>>;
  /** The types of files of the highest two levels, by place. */
  top?(): Promise<ReadonlyMap<string, string>>;
}

/** The surroundings of the layers; `undefined` is as good as nothing. */
export type AssembleOptions = Omit<
  CustomiseContext,
  "paths" | "baseStorePaths" | "baseTop"
>;

/**
 * Puts the paths of an image into its layers, lowest first, with the customisation layer and what is
 * made here on top. Layers that files describe have all their paths, wherever they stand, and any
 * other layer leaves these out.
 * @param mentioned the store paths that the image's texts name.
 * @throws NixociError `USAGE` for perms of paths that are not there or are in another layer without
 * them, and for a `maxLayers` that leaves no room; whatever finding the paths, reading the files and
 * customising throws.
 */
export async function assembleLayers(
  image: ImageDraft,
  mentioned: readonly NamedPath[],
  paths: SpecPaths,
  below: Below,
  options: AssembleOptions = {},
): Promise<(LayerDraft | PlanLayer)[]> {
  const { onNotice } = options;
  const explicit: (FilledPart | RecordedLayers)[] = [];
  for (const one of image.explicit) {
    explicit.push(
      "path" in one
        ? await readRecorded(one, paths)
        : await fillPart(one, [], image, paths, onNotice),
    );
  }
  const asked = await fillPart(image.own, mentioned, image, paths, onNotice);
  const filled = [...explicit.flatMap((one) => "part" in one ? one : []), asked];
  if (!image.isSingle) reportTwice(filled.map(({ contents }) => contents), paths, onNotice);
  const mayHaveStore = image.scripts.length + image.trees.length > 0 ||
    filled.some(({ contents }) => contents.closure.length > 0);
  const placed = createPlacedPaths(mayHaveStore ? await below.storePaths() : new Set());
  for (const one of explicit) if ("layers" in one) addRecordedLayers(one, placed, image);
  const trees = image.trees.filter((tree) => addTree(tree, placed));
  const layers = explicit.flatMap((one): readonly (LayerDraft | PlanLayer)[] =>
    "layers" in one ? one.layers : draftLayers(one, image, below.layers, placed)
  );
  const context = { ...options, paths, baseStorePaths: below.storePaths, baseTop: below.top };
  const { own, top } = await completeOwn(asked, explicit, placed, image, context);
  const alone = trees.map((tree) => draftTreeLayer(tree, image));
  if (image.isSingle) {
    const has = explicit.length + trees.length > 0;
    const single = await completeSingle(top[0]!, own, placed, has ? undefined : below, paths);
    layers.push(...alone, single, ...image.top);
  } else {
    layers.push(...draftLayers(own, image, below.layers, placed), ...alone, ...top, ...image.top);
  }
  // Several layers may stand on the same one.
  const digests = layers.map((layer) => "digest" in layer ? layer.digest : undefined);
  return layers.filter((_, i) => digests[i] === undefined || digests.indexOf(digests[i]) === i);
}

async function fillPart(
  asked: SpecPart,
  mentioned: readonly NamedPath[],
  image: ImageDraft,
  paths: SpecPaths,
  onNotice: OnNotice | undefined,
): Promise<FilledPart> {
  const part = await locatePart(asked, paths, image);
  const needed = image.includeStorePaths
    ? await findNeeded(part, paths, { style: image.style, onNotice })
    : [];
  const linked = part.contents.filter(({ path }) => paths.storePathOf(path) !== undefined);
  const named = [...part.deps, ...linked, ...needed, ...mentioned];
  return { part, named, contents: await contentsOf(part, named, image, paths) };
}

/**
 * Makes the customisation layer; none where nothing asks for one.
 * @returns it, and the image's own part with the store paths that scripts bring about.
 */
async function completeOwn(
  asked: FilledPart,
  explicit: readonly (FilledPart | RecordedLayers)[],
  placed: PlacedPaths,
  image: ImageDraft,
  context: CustomiseContext,
): Promise<{ readonly own: FilledPart; readonly top: readonly LayerDraft[] }> {
  const { part, named } = asked;
  const copies = image.style === "dockertools"
    ? asked.contents.copies.map((path) => copyOf(path, part))
      .filter((path) => !placed.has(path, fieldOf(path.path, part)))
    : [];
  const top = image.helpers.some((one) => one.asksBase) ? await context.baseTop?.() : undefined;
  const helpers = makeHelpers(image.helpers, context.paths, (place) => top?.has(place) ?? false);
  const made = await makeFarm(part.contents, helpers, context.paths, context.onNotice);
  const { additions, scripts } = image;
  const asks = [copies, made, part.contents, additions, scripts];
  if (!image.isLastKept && asks.every(({ length }) => length === 0)) {
    return { own: asked, top: [] };
  }
  let own = asked;
  const storedWith = async (more: readonly NamedPath[]): Promise<StoreContents> => {
    const all = [...named, ...more];
    if (more.length > 0) {
      own = { ...asked, contents: await contentsOf(part, all, image, context.paths) };
    }
    return listStored([...explicit, own], image);
  };
  const drafted = draftCustomisation(image, copies, made, context.paths);
  const { layer } = await completeCustomisation(drafted, image, storedWith, context);
  for (const find of [findCircles, findRefusedLinks]) {
    const notice = find(layer.recipe, context.paths);
    if (notice !== undefined) context.onNotice?.(notice);
  }
  return { own, top: [layer] };
}

/** Places the paths of a tree, before all others; `false` where the base has them all. */
function addTree({ at, infos }: StoreTree, placed: PlacedPaths): boolean {
  const isBelow = infos.every(({ path }) => placed.has({ path }, at));
  for (const { path } of infos) if (!placed.has({ path }, at)) placed.add({ path }, at);
  return !isBelow;
}

/** Lists the paths that parts have in their layers. */
function listStored(
  parts: readonly (FilledPart | RecordedLayers)[],
  { trees }: ImageDraft,
): StoreContents {
  const closure = new Map(trees.flatMap(({ infos }) => infos).map((info) => [info.path, info]));
  const recorded: string[] = [];
  const copied: string[] = [];
  for (const one of parts) {
    if ("layers" in one) {
      const all = one.layers.flatMap(({ recipe }) => recipe?.paths ?? []);
      recorded.push(...all.flatMap(({ path, rewrite }) => rewrite?.regex ? [] : path));
      continue;
    }
    const { part, contents } = one;
    copied.push(...contents.copies, ...contents.moved);
    for (const info of contents.closure) {
      const isThere = !contents.moved.has(info.path) && info.path !== part.ignore?.path;
      if (isThere) closure.set(info.path, info);
    }
  }
  return { closure: [...closure.values()], recorded, copied };
}
