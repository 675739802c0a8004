/**
 * Which paths go into which layers, and as what: explicit layers first, then the image's own. A path
 * is in one layer only, and in none when the base image has it.
 */
import { NixociError } from "../errors.ts";
import type { LayerRecipe, RecipePath, Rewrite } from "../nix/layer/recipe.ts";
import type { Closure } from "../nix/path-info.ts";
import type { History } from "../nix/plan/plan.ts";
import { type Placed, placedAbove } from "./placed.ts";
import type { Paths } from "./paths.ts";
import type { Named, Part, Shape } from "./shape.ts";

/** A layer before its bytes are known. */
export interface Draft {
  readonly recipe: LayerRecipe;
  readonly history: History | undefined;
}

/** The closure's paths in layers, without those that are to be left out. */
export type Group = (closure: Closure, options: Grouping) => readonly (readonly string[])[];

/** How paths are to be grouped. */
export interface Grouping {
  readonly maxLayers: number;
  readonly leaveOut: ReadonlySet<string>;
  readonly pipeline: readonly unknown[] | undefined;
}

/** What the base image has. */
export interface Below {
  readonly layers: number;
  /** The store paths in them. */
  storePaths(): Promise<ReadonlySet<string>>;
}

/** All that {@link assemble} asks. */
export interface World {
  readonly paths: Paths;
  readonly group: Group;
  readonly below: Below;
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
  { paths, group, below }: World,
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
    const split = splitOf(part, shape, below.layers + drafts.length);
    for (const paths of groupsOf(part, contents, split, group, placed)) {
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

/** How many layers a part may become. */
interface Split {
  /** For the store. */
  readonly maxLayers: number;
  /** What is copied to the root is a layer beyond those: dockerTools' customisation layer. */
  readonly copiesApart: boolean;
  readonly pipeline: readonly unknown[] | undefined;
}

/** dockerTools counts the image's layers in all, and keeps one for what is copied to the root. */
function splitOf(part: Part, { style, pipeline }: Shape, below: number): Split {
  const isOwn = part.at === "";
  const all = { pipeline: isOwn ? pipeline : undefined };
  if (style === "nix2container" || !isOwn) {
    return { ...all, maxLayers: part.maxLayers, copiesApart: false };
  }
  const maxLayers = part.maxLayers - below - 1;
  if (maxLayers >= 1 || pipeline !== undefined) return { ...all, maxLayers, copiesApart: true };
  const why = below === 0
    ? "one is for the store, and one for what is copied to the root"
    : `${below} are there already, one is for the store, and one for what is copied to the root`;
  throw new NixociError("USAGE", `maxLayers: ${part.maxLayers} is too few: ${why}`, {
    hint: `give ${below + 2} or more`,
  });
}

function groupsOf(
  part: Part,
  { closure, moved, copies }: Contents,
  { maxLayers, copiesApart, pipeline }: Split,
  group: Group,
  placed: Placed,
): RecipePath[][] {
  checkPerms(part, { closure, moved, copies });
  const copied = new Set(copies);
  const stored = (path: string): RecipePath =>
    moved.has(path)
      ? { path, rewrite: toRoot(path), ...permsOf(path, part) }
      : { path, ...(!copied.has(path) && permsOf(path, part)) };
  const leaveOut = new Set(
    closure.map(({ path }) => path)
      .filter((path) => path === part.ignore?.path || placed.has(stored(path), part.at || "perms")),
  );
  const groups = group(closure, { maxLayers, leaveOut, pipeline }).map((one) => one.map(stored));
  const rest = copies
    .map((path): RecipePath => ({ path, rewrite: toRoot(path), ...permsOf(path, part) }))
    .filter((path) => !placed.has(path, part.at || "perms"));
  if (rest.length === 0) return groups;
  if (copiesApart || groups.length < maxLayers) return [...groups, rest];
  return [...groups.slice(0, -1), [...groups.at(-1) ?? [], ...rest]];
}

/** nix2container's rule for what it copies to the root. */
function toRoot(path: string): Rewrite {
  return { regex: `^${path.replace(/[\\^$*+?()[\]{}|]/g, "\\$&")}`, repl: "" };
}

function permsOf(path: string, part: Part): Pick<RecipePath, "perms"> {
  const perms = part.perms.filter((one) => one.path === path).map(({ perm }) => perm);
  return perms.length === 0 ? {} : { perms };
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
