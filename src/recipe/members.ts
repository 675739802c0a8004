/** The members of a layer's tar, in order, from its recipe and what lies on disk. */
import { linkAt } from "./files.ts";
import type { Member, Owner } from "./header/member.ts";
import { type Permitter, permitterOf } from "./move.ts";
import { sortEntries } from "./order.ts";
import type { LayerRecipe, LayerStyle, Perm } from "./recipe.ts";
import { rootOf, type StoreRoot } from "./store-root.ts";
import { emptyTree, entriesOf, type Found, type Node, plant } from "./tree.ts";

/** A member, and the file on disk that has its content, where it has some. */
export interface Placed {
  readonly member: Member;
  readonly file: string | undefined;
}

/**
 * What a layer holds. Folders are read when their turn comes, so that a layer of many files does
 * not fill the memory.
 */
export function* membersOf(recipe: LayerRecipe, store: StoreRoot): Generator<Placed> {
  const tree = emptyTree();
  for (const path of recipe.paths) plant(tree, path, rootOf(path.path, store));
  yield* below(tree, undefined, { style: recipe.style, describe: describer(recipe) });
}

interface Context {
  readonly style: LayerStyle;
  readonly describe: (name: string, found: Found | undefined) => Member;
}

function* below(node: Node, at: string | undefined, context: Context): Generator<Placed> {
  const { style, describe } = context;
  const isBetween = node.found === undefined;
  for (const [name, child] of sortEntries(entriesOf(node), style, isBetween)) {
    const place = at === undefined ? name || "/" : at === "/" ? `/${name}` : `${at}/${name}`;
    const { found } = child;
    const member = describe(place, found);
    const isSaid = style === "nix2container" || found !== undefined || place !== "/";
    if (isSaid) yield { member, file: member.size > 0 ? found!.root + found!.source : undefined };
    if (member.type === "directory") yield* below(child, place, context);
  }
}

/** Of folders that only lie between others. */
const BETWEEN = { type: "directory", mode: 0o755, size: 0 } as const;

function describer(recipe: LayerRecipe): Context["describe"] {
  const { mtime = 1, uid = 0, gid = 0, uname = "root", gname = "root" } = recipe;
  const owner: Owner = { uid, gid, uname, gname };
  const permitters = new Map<readonly Perm[], Permitter>();
  const permitterFor = (perms: readonly Perm[]): Permitter => {
    const permitter = permitters.get(perms) ?? permitterOf(perms);
    permitters.set(perms, permitter);
    return permitter;
  };
  return (name, found) => {
    const { type, mode, size } = found?.stat ?? BETWEEN;
    const linkname = type === "symlink" ? linkAt(found!.root + found!.source) : "";
    const member = { name, type, linkname, size, mtime, mode, owner };
    if (found?.perms === undefined) return member;
    return { ...member, ...permitterFor(found.perms)(found.source, { mode, owner }) };
  };
}
