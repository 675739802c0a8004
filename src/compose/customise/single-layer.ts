/**
 * The single layer of dockerTools' buildImage: the root, and after it the store paths that its bytes,
 * or the image's texts, refer to.
 * @see https://github.com/NixOS/nixpkgs/blob/master/pkgs/build-support/docker/default.nix (buildImage)
 */
import type { Closure } from "../../nix/formats/path-info.ts";
import { hashPartOf } from "../../nix/formats/store-path.ts";
import { readStat } from "../../recipe/files.ts";
import type { LayerRecipe, MadeEntry, RecipePath, StoreRoot } from "../../recipe/mod.ts";
import { diskRootOf } from "../../recipe/store-root.ts";
import { streamLayer } from "../../recipe/sum.ts";
import type { LayerDraft } from "../layers/layer-draft.ts";
import { beginHashSearch } from "../scripts/store-hashes.ts";

type NamedOwner = Pick<LayerRecipe, "uid" | "gid" | "uname" | "gname">;

/** Users and groups by their numbers, as Nix's sandbox has them. */
const USERS: Readonly<Record<number, string>> = { 0: "root", 1000: "nixbld", 65534: "nobody" };
const GROUPS: Readonly<Record<number, string>> = { 0: "root", 100: "nixbld", 65534: "nogroup" };

/** Returns owners with the names that GNU tar finds for them in Nix's sandbox. */
export function nameOwners(
  { uid = 0, gid = 0, uname, gname }: NamedOwner,
): Required<NamedOwner> {
  return { uid, gid, uname: uname ?? USERS[uid] ?? "", gname: gname ?? GROUPS[gid] ?? "" };
}

/**
 * Returns the entry of the root: that of the folder which was copied last, where owner and group may
 * write, or that of a new folder.
 */
export function makeRootFolder(copies: readonly RecipePath[], store: StoreRoot): MadeEntry {
  const last = copies.at(-1)?.path;
  const mode = last === undefined ? 0o755 : readStat(diskRootOf(last, store) + last).mode;
  return { type: "directory", path: "/", mode: mode | 0o220 };
}

/** The store paths that the single layer may be completed with. */
export interface StorePart {
  /** The store paths that the image may have. */
  readonly closure: Closure;
  /** Those that it has in any case. */
  readonly named: Iterable<string>;
  /** Tells whether a layer below has a path. */
  isBelow(path: string): boolean;
  /** Tells whether a layer below has the store's folder. */
  hasStore(): Promise<boolean>;
}

/** Appends to a root the store paths that its bytes refer to, and those that the image names. */
export async function appendStore(
  { recipe: drafted, history, ...layer }: LayerDraft,
  { closure, named, isBelow, hasStore }: StorePart,
  store: StoreRoot,
): Promise<LayerDraft> {
  const recipe = nameVirtual(drafted);
  const kept = await selectReferred(closure, named, recipe, store);
  const append = kept.length === 0 || await hasStore() ? "paths" : "store";
  const stored = kept.map(({ path }) => ({ path })).filter(({ path }) => !isBelow(path));
  return {
    ...layer,
    recipe: { ...recipe, append, paths: [...recipe.paths, ...stored] },
    history: { created: history?.created },
  };
}

/**
 * Names owners as in dockerTools' virtual machine, where a script has been root: it knows root, and no
 * other user or group.
 */
function nameVirtual(recipe: LayerRecipe): LayerRecipe {
  const { uid, made = [] } = recipe;
  if (uid !== undefined) return recipe;
  return { ...recipe, uname: "root", gname: "", made: made.map(omitRoot) };
}

function omitRoot(made: MadeEntry): MadeEntry {
  if (made.type === "hardlink") return made;
  const { uid, gid, ...rest } = made;
  return { ...rest, ...(uid && { uid }), ...(gid && { gid }) };
}

/**
 * Selects the paths of a closure that are named, those whose hash stands anywhere in the layer, as Nix
 * finds references, and all that these refer to.
 */
async function selectReferred(
  closure: Closure,
  named: Iterable<string>,
  root: LayerRecipe,
  store: StoreRoot,
): Promise<Closure> {
  const search = beginHashSearch(new Set(closure.map(({ path }) => hashPartOf(path))));
  for await (const chunk of streamLayer(root, store)) search.add(chunk);
  const infos = new Map(closure.map((info) => [info.path, info]));
  const found = closure.map(({ path }) => path).filter((path) =>
    search.found.has(hashPartOf(path))
  );
  const kept = new Set([...named, ...found]);
  for (const path of kept) for (const next of infos.get(path)?.references ?? []) kept.add(next);
  return closure.filter(({ path }) => kept.has(path));
}
