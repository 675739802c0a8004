/**
 * The layers of an image: explicit layers first, then the image's own, then those on top. A path
 * is in one layer only, and in none when the base image has it.
 */
import type { OnNotice } from "../base/notices.ts";
import type { RecipePath, Rewrite } from "../recipe/mod.ts";
import { countLayersLeft } from "../layering/limit.ts";
import { layersOf } from "../layering/mod.ts";
import type { History, PlanLayer } from "../plan/mod.ts";
import type { ImageDraft, LayerDraft } from "./draft.ts";
import { type Contents, contentsOf, locatePart } from "./contents.ts";
import { findNeeded } from "./needed.ts";
import { createPlacedPaths, type PlacedPaths } from "./placed.ts";
import type { SpecPaths } from "./paths.ts";
import type { NamedPath, SpecPart } from "./parts.ts";
import { addRecordedLayers, readRecorded, type RecordedLayers } from "./recorded.ts";

/** A part of the SPEC with the paths that it puts into layers. */
interface FilledPart {
  readonly part: SpecPart;
  readonly contents: Contents;
}

/** The base image, as far as it concerns the layers on it. */
export interface Below {
  readonly layers: number;
  /** The store paths in them. */
  storePaths(): Promise<ReadonlySet<string>>;
}

/**
 * Puts the paths of an image into its layers, lowest first, with what is made here on top. Layers that
 * files describe have all their paths, wherever they stand, and any other layer leaves these out.
 * @param mentioned the store paths that the image's texts name.
 * @throws NixociError `USAGE` for perms of paths that are not there or are in another layer without
 * them, and for a `maxLayers` that leaves no room; whatever finding the paths and reading the files
 * throws.
 */
export async function assembleLayers(
  image: ImageDraft,
  mentioned: readonly NamedPath[],
  paths: SpecPaths,
  below: Below,
  onNotice?: OnNotice,
): Promise<(LayerDraft | PlanLayer)[]> {
  const parts: (FilledPart | RecordedLayers)[] = [];
  for (const one of [...image.explicit, image.own]) {
    if ("path" in one) {
      parts.push(await readRecorded(one, paths));
      continue;
    }
    const part = await locatePart(one, paths, image);
    const needed = image.includeStorePaths
      ? await findNeeded(part, paths, { style: image.style, onNotice })
      : [];
    const named = [...part.deps, ...needed, ...one === image.own ? mentioned : []];
    parts.push({ part, contents: await contentsOf(part, named, image, paths) });
  }
  reportTwice(parts.flatMap((one) => "part" in one ? one.contents : []), paths, onNotice);
  const hasStore = parts.some((one) => "part" in one && one.contents.closure.length > 0);
  const placed = createPlacedPaths(hasStore ? await below.storePaths() : new Set());
  for (const one of parts) if ("layers" in one) addRecordedLayers(one, placed, image);
  const layers = parts.flatMap((one): readonly (LayerDraft | PlanLayer)[] =>
    "layers" in one ? one.layers : draftLayers(one, image, below.layers, placed)
  );
  layers.push(...image.top);
  // Several layers may stand on the same one.
  const digests = layers.map((layer) => "digest" in layer ? layer.digest : undefined);
  return layers.filter((_, i) => digests[i] === undefined || digests.indexOf(digests[i]) === i);
}

/** In bytes: fewer are not worth a line. */
const FEW = 16 * 1024;

/** Tells of files that are in the image twice: in the store, and copied to the root. */
function reportTwice(
  contents: readonly Contents[],
  paths: SpecPaths,
  onNotice: OnNotice | undefined,
): void {
  const copies = new Set(contents.flatMap(({ copies }) => copies));
  const bytes = [...copies].reduce((sum, path) => sum + (paths.sizeOf(path) ?? 0), 0);
  if (bytes <= FEW) return;
  const message =
    `copyToRoot: ${bytes} bytes are in the image twice, in the store and at the root; ` +
    "style nix2container moves them, and links (buildEnv, symlinkJoin) need none";
  onNotice?.({ code: "TWICE", message });
}

function draftLayers(
  { part, contents }: FilledPart,
  image: ImageDraft,
  below: number,
  placed: PlacedPaths,
): LayerDraft[] {
  if (contents.closure.length + contents.copies.length === 0) return [];
  return groupPaths(part, contents, image, below, placed).map((paths) => {
    for (const path of paths) placed.add(path, part.at);
    return {
      recipe: { style: image.style, paths, ...image.files },
      history: historyOf(paths, part, image),
    };
  });
}

function groupPaths(
  part: SpecPart,
  { closure, moved, copies }: Contents,
  image: ImageDraft,
  below: number,
  placed: PlacedPaths,
): RecipePath[][] {
  const copied = new Set(copies);
  const stored = (path: string): RecipePath =>
    moved.has(path)
      ? { path, rewrite: rootRewriteOf(path), ...permsOf(path, part) }
      : { path, ...(!copied.has(path) && permsOf(path, part)) };
  const exclude = new Set(
    closure.map(({ path }) => path)
      .filter((path) =>
        path === part.ignore?.path || placed.has(stored(path), fieldOf(path, part))
      ),
  );
  const { layering, room, copiesApart } = layeringOf(part, image, below);
  const groups = layersOf(closure, { exclude, ...layering }).map((group) => group.map(stored));
  const rest = copies
    .map((path): RecipePath => ({ path, rewrite: rootRewriteOf(path), ...permsOf(path, part) }))
    .filter((path) => !placed.has(path, fieldOf(path.path, part)));
  if (rest.length === 0) return groups;
  if (copiesApart || groups.length < room) return [...groups, rest];
  return [...groups.slice(0, -1), [...groups.at(-1) ?? [], ...rest]];
}

/**
 * Returns how a part's paths become layers. dockerTools counts all the image's layers, and keeps one of them
 * for what is copied to the root; explicit layers are nix2container's in either style.
 */
function layeringOf(part: SpecPart, { style, pipeline, strategy }: ImageDraft, below: number) {
  const isOwn = part.at === "";
  const copiesApart = isOwn && style === "dockertools";
  if (isOwn && pipeline !== undefined) {
    return { layering: { pipeline }, room: Infinity, copiesApart };
  }
  const maxLayers = isOwn ? countLayersLeft(style, part.maxLayers, below) : part.maxLayers;
  return { layering: { strategy, maxLayers }, room: maxLayers, copiesApart };
}

/** Returns nix2container's rule for what it copies to the root. */
function rootRewriteOf(path: string): Rewrite {
  return { regex: `^${path.replace(/[\\^$*+?()[\]{}|]/g, "\\$&")}`, repl: "" };
}

function permsOf(path: string, part: SpecPart): Pick<RecipePath, "perms"> {
  const perms = part.perms.filter((one) => one.path === path).map(({ perm }) => perm);
  return perms.length === 0 ? {} : { perms };
}

/** Returns the field to name when the path's permissions are the trouble. */
function fieldOf(path: string, part: SpecPart): string {
  return part.perms.find((one) => one.path === path)?.at ?? part.at;
}

/** Returns a layer's entry in the history: the SPEC's, or else what dockerTools says. */
function historyOf(group: readonly RecipePath[], part: SpecPart, { config }: ImageDraft): History {
  if (part.history !== undefined) return part.history;
  const { created } = config;
  const stored = group.filter(({ rewrite }) => rewrite === undefined);
  if (stored.length === 0) return { created, comment: "copied to the root" };
  return { created, comment: `store paths: [${stored.map(({ path }) => `'${path}'`).join(", ")}]` };
}
