/**
 * Which paths go into which layers, and as what: explicit layers first, then the image's own. A path
 * is in one layer only, and in none when the base image has it.
 */
import { NixociError } from "../errors.ts";
import type { LayerRecipe, RecipePath, Rewrite } from "../nix/layer/mod.ts";
import { layersLeft, layersOf } from "../nix/layering/mod.ts";
import type { Closure } from "../nix/path-info.ts";
import type { History } from "../nix/plan/mod.ts";
import { type Placed, placedAbove } from "./placed.ts";
import type { Paths } from "./paths.ts";
import type { Named, Part, Shape } from "./shape.ts";

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
    for (const paths of groupsOf(part, contents, shape, below.layers, placed)) {
      for (const path of paths) placed.add(path, part.at);
      drafts.push({
        recipe: { style: shape.style, paths, ...shape.owner },
        history: historyOf(paths, part, shape, contents),
      });
    }
  }
  return drafts;
}

/** The part with links to store paths followed. */
async function located(part: Part, paths: Paths): Promise<Part> {
  const all = <T extends Named>(named: readonly T[]): Promise<T[]> =>
    Promise.all(named.map(async (one) => ({ ...one, path: (await paths.located(one)).path })));
  return {
    ...part,
    deps: await all(part.deps),
    copyToRoot: await all(part.copyToRoot),
    perms: await all(part.perms),
  };
}

/** What a part of the SPEC puts into layers. */
interface Contents {
  readonly closure: Closure;
  /** Store paths of the closure that are moved to the root, and are not in the image's store. */
  readonly moved: ReadonlySet<string>;
  /** Paths whose files are copied to the root besides. */
  readonly copies: readonly string[];
}

/**
 * In nix2container's images what is copied to the root is not in the store, unless something else
 * names it; in dockerTools' it is.
 */
async function contentsOf(
  part: Part,
  named: readonly Named[],
  { style, includeStorePaths }: Shape,
  paths: Paths,
): Promise<Contents> {
  const sources = [...new Set(part.copyToRoot.map(({ path }) => path))];
  if (!includeStorePaths) return { closure: [], moved: new Set(), copies: sources };
  const stored = part.copyToRoot.filter(({ path }) => paths.storePathOf(path) !== undefined);
  const closure = await paths.closureOf([...named, ...stored]);
  const alsoNamed = new Set(named.map(({ path }) => path));
  const moves = (path: string): boolean =>
    style === "nix2container" && paths.storePathOf(path) === path && !alsoNamed.has(path);
  return {
    closure,
    moved: new Set(sources.filter(moves)),
    copies: sources.filter((path) => !moves(path)),
  };
}

function groupsOf(
  part: Part,
  { closure, moved, copies }: Contents,
  shape: Shape,
  below: number,
  placed: Placed,
): RecipePath[][] {
  checkPerms(part, { closure, moved, copies });
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

function checkPerms(part: Part, { closure, copies }: Contents): void {
  const known = new Set([...closure.map(({ path }) => path), ...copies]);
  const stray = part.perms.find(({ path }) => !known.has(path));
  if (stray === undefined) return;
  const where = part.at === "" ? "the image" : part.at;
  throw new NixociError("USAGE", `${stray.at}.path: ${stray.path} is not in ${where}`, {
    hint: "name a store path of its closure, or a path of copyToRoot, as it is written there",
  });
}

/** What dockerTools says of a layer, unless the SPEC says something. */
function historyOf(
  group: readonly RecipePath[],
  part: Part,
  { created }: Shape,
  { closure }: Contents,
): History {
  if (part.history !== undefined) return part.history;
  const valid = new Set(closure.map(({ path }) => path));
  const stored = group.map(({ path }) => path).filter((path) => valid.has(path));
  if (stored.length === 0) return { created, comment: "copied to the root" };
  return { created, comment: `store paths: [${stored.map((path) => `'${path}'`).join(", ")}]` };
}
