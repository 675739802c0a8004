/**
 * Which paths go into which layers, and as what: explicit layers first, then the image's own. A path
 * is in one layer only, and in none when the base image has it.
 */
import { NixociError } from "../errors.ts";
import type { LayerRecipe, RecipePath, Rewrite } from "../nix/layer/recipe.ts";
import type { Closure } from "../nix/path-info.ts";
import type { History } from "../nix/plan/plan.ts";
import { type Placed, placedAbove } from "./placed.ts";
import type { Named, Part, Shape } from "./shape.ts";

/** A layer before its bytes are known. */
export interface Draft {
  readonly recipe: LayerRecipe;
  readonly history: History | undefined;
}

/** What is known of the paths. */
export interface Paths {
  /** The store path that it is, or is in; `undefined` for what is in no store. */
  storePathOf(path: string): string | undefined;
  /** The store paths named, and all that they refer to. */
  closureOf(roots: readonly Named[]): Promise<Closure>;
  /** The closure's paths in layers, without those that are to be left out. */
  grouped(closure: Closure, options: Grouping): readonly (readonly string[])[];
}

/** How paths are to be grouped. */
export interface Grouping {
  readonly maxLayers: number;
  readonly leaveOut: ReadonlySet<string>;
  readonly pipeline: readonly unknown[] | undefined;
}

/** What the base image has. */
export interface Below {
  readonly layers: number;
  readonly storePaths: ReadonlySet<string>;
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
  const placed = placedAbove(below.storePaths);
  const drafts: Draft[] = [];
  for (const part of [...shape.explicit, shape.own]) {
    const own = part === shape.own;
    const named = own ? [...part.deps, ...mentioned] : part.deps;
    const contents = await contentsOf(part, named, shape, paths);
    checkPerms(part, contents);
    const split = splitOf(part, shape, below.layers + drafts.length);
    for (const group of groupsOf(part, contents, split, paths, placed)) {
      for (const path of group) placed.add(path, part.at);
      drafts.push({
        recipe: { style: shape.style, paths: group, ...shape.owner },
        history: historyOf(group, part, shape, paths),
      });
    }
  }
  return drafts;
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
function splitOf(part: Part, { style, own, pipeline }: Shape, below: number): Split {
  const isOwn = part === own;
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
  paths: Paths,
  placed: Placed,
): RecipePath[][] {
  const copied = new Set(copies);
  const stored = (path: string): RecipePath =>
    moved.has(path)
      ? { path, rewrite: toRoot(path), ...permsOf(path, part) }
      : { path, ...(!copied.has(path) && permsOf(path, part)) };
  const leaveOut = new Set(
    closure.map(({ path }) => path)
      .filter((path) => path === part.ignore?.path || placed.has(stored(path), part.at || "perms")),
  );
  const groups = paths.grouped(closure, { maxLayers, leaveOut, pipeline })
    .map((group) => group.map(stored));
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
  paths: Paths,
): History {
  if (part.history !== undefined) return part.history;
  const stored = group.map(({ path }) => path).filter((path) => paths.storePathOf(path) === path);
  if (stored.length === 0) return { created, comment: "copied to the root" };
  return { created, comment: `store paths: [${stored.map((path) => `'${path}'`).join(", ")}]` };
}
