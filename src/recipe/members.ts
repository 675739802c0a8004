/** The members of a layer's tar, in order: from its recipe, and from what lies on disk. */
import { createDescriber, type DescribeMember } from "./describe.ts";
import type { LayerMember } from "./header/member.ts";
import { sortEntries } from "./order.ts";
import { createPlantRules } from "./overlay.ts";
import { addPath } from "./plant.ts";
import { addMadeEntries } from "./add-made.ts";
import type { LayerRecipe, LayerStyle } from "./recipe.ts";
import { diskRootOf, type StoreRoot } from "./store-root.ts";
import { createTree, entriesOf, type TreeFile, type TreeNode } from "./tree.ts";

/** A member, and its content where it has some: the path of a file on disk, or bytes. */
export interface PlacedMember {
  readonly member: LayerMember;
  readonly content: string | Uint8Array | undefined;
}

/**
 * Gives what a layer holds. Folders are read when their turn comes, so that a layer of many files
 * does not fill the memory.
 */
export function* listLayerMembers(recipe: LayerRecipe, store: StoreRoot): Generator<PlacedMember> {
  const tree = createTree();
  const rules = createPlantRules(recipe, store);
  for (const path of recipe.paths) addPath(tree, path, diskRootOf(path.path, store), rules);
  addMadeEntries(tree, recipe.made ?? [], store);
  yield* listMembersBelow(tree, undefined, recipe.style, createDescriber(recipe));
}

function* listMembersBelow(
  node: TreeNode,
  at: string | undefined,
  style: LayerStyle,
  describe: DescribeMember,
): Generator<PlacedMember> {
  const isBetween = node.found === undefined;
  for (const [name, child] of sortEntries(entriesOf(node), style, isBetween)) {
    const place = at === undefined ? name || "/" : at === "/" ? `/${name}` : `${at}/${name}`;
    const { found } = child;
    const member = describe(place, found);
    const isSaid = found !== undefined ||
      !child.isBelow && (style === "nix2container" || place !== "/");
    if (isSaid) yield { member, content: member.size > 0 ? contentOf(found!) : undefined };
    if (member.type === "directory") yield* listMembersBelow(child, place, style, describe);
  }
}

function contentOf({ content, root, source }: TreeFile): string | Uint8Array {
  return content ?? root + source;
}
