/**
 * Which paths go into which layers, and as what: explicit layers first, then the image's own. A path
 * is in one layer only, and in none when the base image has it.
 */
import type { LayerRecipe, RecipePath, Rewrite } from "../nix/layer/mod.ts";
import { layersLeft, layersOf } from "../nix/layering/mod.ts";
import type { History } from "../nix/plan/mod.ts";
import { type Contents, contentsOf, located } from "./contents.ts";
import { type Placed, placedAbove } from "./placed.ts";
import type { Paths } from "./paths.ts";
import type { Named, Part } from "./parts.ts";
import type { Shape } from "./shape.ts";

/** A layer before its bytes are known. */
export interface Draft {
  readonly recipe: LayerRecipe;
  readonly history: History | undefined;
}

/** What the base image has. */
export interface Below {
  readonly layers: number;
  /** The store paths in them. */
  storePaths(): Promise<ReadonlySet<string>>;
}

/**
 * The layers that the shape asks for, lowest first.
 * @param mentioned the store paths that the image's config names.
 * @throws NixociError `USAGE` for perms of paths that are not there or are in another layer without
 * them, and for a `maxLayers` that leaves no room; whatever finding the paths throws.
 */
export async function assemble(
  shape: Shape,
  mentioned: readonly Named[],
  paths: Paths,
  below: Below,
): Promise<Draft[]> {
  const parts: { part: Part; contents: Contents }[] = [];
  for (const one of [...shape.explicit, shape.own]) {
    const part = await located(one, paths);
    const named = one === shape.own ? [...part.deps, ...mentioned] : part.deps;
    parts.push({ part, contents: await contentsOf(part, named, shape, paths) });
  }
  const hasStore = parts.some(({ contents }) => contents.closure.length > 0);
  const placed = placedAbove(hasStore ? await below.storePaths() : new Set());
  const drafts: Draft[] = [];
  for (const { part, contents } of parts) {
    const isEmpty = contents.closure.length + contents.copies.length === 0;
    const groups = isEmpty ? [] : groupsOf(part, contents, shape, below.layers, placed);
    for (const paths of groups) {
      for (const path of paths) placed.add(path, part.at);
      drafts.push({
        recipe: { style: shape.style, paths, ...shape.owner },
        history: historyOf(paths, part, shape),
      });
    }
  }
  return drafts;
}

function groupsOf(
  part: Part,
  { closure, moved, copies }: Contents,
  shape: Shape,
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
  const { layering, room, copiesApart } = layeringOf(part, shape, below);
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
function layeringOf(part: Part, { style, pipeline, strategy }: Shape, below: number) {
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
function historyOf(group: readonly RecipePath[], part: Part, { created }: Shape): History {
  if (part.history !== undefined) return part.history;
  const stored = group.filter(({ rewrite }) => rewrite === undefined);
  if (stored.length === 0) return { created, comment: "copied to the root" };
  return { created, comment: `store paths: [${stored.map(({ path }) => `'${path}'`).join(", ")}]` };
}
