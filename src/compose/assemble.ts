/**
 * Which paths go into which layers, and as what: explicit layers first, then the image's own. A path
 * is in one layer only, and in none when the base image has it.
 */
import type { RecipePath, Rewrite } from "../recipe/mod.ts";
import { layersLeft, layersOf } from "../layering/mod.ts";
import type { History, PlanLayer } from "../plan/mod.ts";
import type { ImageDraft, LayerDraft } from "./draft.ts";
import { type Contents, contentsOf, locatePart } from "./contents.ts";
import { type Placed, placedAbove } from "./placed.ts";
import type { Paths } from "./paths.ts";
import type { NamedPath, Part } from "./parts.ts";
import { type Recorded, recordedAt, register } from "./recorded.ts";

/** A part of the SPEC, and what it puts into layers. */
interface FilledPart {
  readonly part: Part;
  readonly contents: Contents;
}

/** What the base image has. */
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
export async function assemble(
  image: ImageDraft,
  mentioned: readonly NamedPath[],
  paths: Paths,
  below: Below,
): Promise<(LayerDraft | PlanLayer)[]> {
  const parts: (FilledPart | Recorded)[] = [];
  for (const one of [...image.explicit, image.own]) {
    if ("path" in one) {
      parts.push(await recordedAt(one, paths));
      continue;
    }
    const part = await locatePart(one, paths);
    const named = one === image.own ? [...part.deps, ...mentioned] : part.deps;
    parts.push({ part, contents: await contentsOf(part, named, image, paths) });
  }
  const hasStore = parts.some((one) => "part" in one && one.contents.closure.length > 0);
  const placed = placedAbove(hasStore ? await below.storePaths() : new Set());
  for (const one of parts) if ("layers" in one) register(one, placed, image);
  const layers = parts.flatMap((one): readonly (LayerDraft | PlanLayer)[] =>
    "layers" in one ? one.layers : draftLayers(one, image, below.layers, placed)
  );
  layers.push(...image.top);
  // Several layers may stand on the same one.
  const digests = layers.map((layer) => "digest" in layer ? layer.digest : undefined);
  return layers.filter((_, i) => digests[i] === undefined || digests.indexOf(digests[i]) === i);
}

function draftLayers(
  { part, contents }: FilledPart,
  image: ImageDraft,
  below: number,
  placed: Placed,
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
  part: Part,
  { closure, moved, copies }: Contents,
  image: ImageDraft,
  below: number,
  placed: Placed,
): RecipePath[][] {
  const copied = new Set(copies);
  const stored = (path: string): RecipePath =>
    moved.has(path)
      ? { path, rewrite: toRoot(path), ...permsOf(path, part) }
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
    .map((path): RecipePath => ({ path, rewrite: toRoot(path), ...permsOf(path, part) }))
    .filter((path) => !placed.has(path, fieldOf(path.path, part)));
  if (rest.length === 0) return groups;
  if (copiesApart || groups.length < room) return [...groups, rest];
  return [...groups.slice(0, -1), [...groups.at(-1) ?? [], ...rest]];
}

/**
 * How a part's paths become layers. dockerTools counts all the image's layers, and keeps one of them
 * for what is copied to the root; explicit layers are nix2container's in either style.
 */
function layeringOf(part: Part, { style, pipeline, strategy }: ImageDraft, below: number) {
  const isOwn = part.at === "";
  const copiesApart = isOwn && style === "dockertools";
  if (isOwn && pipeline !== undefined) {
    return { layering: { pipeline }, room: Infinity, copiesApart };
  }
  const maxLayers = isOwn ? layersLeft(style, part.maxLayers, below) : part.maxLayers;
  return { layering: { strategy, maxLayers }, room: maxLayers, copiesApart };
}

/** nix2container's rule for what it copies to the root. */
function toRoot(path: string): Rewrite {
  return { regex: `^${path.replace(/[\\^$*+?()[\]{}|]/g, "\\$&")}`, repl: "" };
}

function permsOf(path: string, part: Part): Pick<RecipePath, "perms"> {
  const perms = part.perms.filter((one) => one.path === path).map(({ perm }) => perm);
  return perms.length === 0 ? {} : { perms };
}

/** What to name when the path's permissions are the trouble. */
function fieldOf(path: string, part: Part): string {
  return part.perms.find((one) => one.path === path)?.at ?? part.at;
}

/** What dockerTools says of a layer, unless the SPEC says something. */
function historyOf(group: readonly RecipePath[], part: Part, { config }: ImageDraft): History {
  if (part.history !== undefined) return part.history;
  const { created } = config;
  const stored = group.filter(({ rewrite }) => rewrite === undefined);
  if (stored.length === 0) return { created, comment: "copied to the root" };
  return { created, comment: `store paths: [${stored.map(({ path }) => `'${path}'`).join(", ")}]` };
}
