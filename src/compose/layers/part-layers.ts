/** The layers of a part of a SPEC: its paths in groups, and their entries in the history. */
import { NixociError } from "../../base/errors.ts";
import { countLayersLeft } from "../../layering/limit.ts";
import { layersOf } from "../../layering/mod.ts";
import type { History } from "../../plan/mod.ts";
import type { RecipePath, Rewrite } from "../../recipe/mod.ts";
import type { Contents } from "../contents.ts";
import type { ImageDraft, LayerDraft } from "../draft.ts";
import type { NamedPath, SpecPart } from "../parts.ts";
import type { PlacedPaths } from "../placed.ts";

/** A part of the SPEC with the paths that it names, and those that it puts into layers. */
export interface FilledPart {
  readonly part: SpecPart;
  readonly named: readonly NamedPath[];
  readonly contents: Contents;
}

/**
 * Drafts the layers of a part; `placed` gets its paths.
 * @param below how many layers are below all these.
 * @throws NixociError `USAGE` for a path that is in another layer with other permissions, and for a
 * `maxLayers` that leaves no room.
 */
export function draftLayers(
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
  const chosen = layersOf(closure, { exclude, ...layering });
  if ("history" in layering) {
    image.against?.onLayering?.({ layers: chosen, closure, exclude, maxLayers: room });
  }
  const groups = chosen.map((group) => group.map(stored));
  if (copiesApart) return groups;
  const rest = copies.map((path) => copyOf(path, part))
    .filter((path) => !placed.has(path, fieldOf(path.path, part)));
  if (rest.length === 0) return groups;
  if (groups.length < room) return [...groups, rest];
  return [...groups.slice(0, -1), [...groups.at(-1) ?? [], ...rest]];
}

/**
 * Returns how a part's paths become layers. dockerTools counts all the image's layers, and keeps one of them
 * for what is copied to the root; explicit layers are nix2container's in either style.
 */
function layeringOf(part: SpecPart, image: ImageDraft, below: number) {
  const { style, pipeline, strategy, against } = image;
  const isOwn = part.at === "";
  const copiesApart = isOwn && style === "dockertools";
  if (isOwn && pipeline !== undefined) {
    if (against !== undefined) throw pipelineError();
    return { layering: { pipeline }, room: Infinity, copiesApart };
  }
  const maxLayers = isOwn ? countLayersLeft(style, part.maxLayers, below) : part.maxLayers;
  const isFollowing = isOwn && against !== undefined && against.history.length > 0;
  const layering = isFollowing ? { history: against.history, maxLayers } : { strategy, maxLayers };
  return { layering, room: maxLayers, copiesApart };
}

function pipelineError(): NixociError {
  return new NixociError("USAGE", "layeringPipeline and --against both say how paths are grouped", {
    hint: "leave one of them out",
  });
}

/** Returns a path as it is copied to the root. */
export function copyOf(path: string, part: SpecPart): RecipePath {
  return { path, rewrite: rootRewriteOf(path), ...permsOf(path, part) };
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
export function fieldOf(path: string, part: SpecPart): string {
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
