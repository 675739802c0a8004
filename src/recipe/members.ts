/** The members of a layer's tar, in order: from its recipe, and from what lies on disk. */
import { isAppended, listAppended, listStoreFolders } from "./append.ts";
import { createDescriber, type DescribeMember } from "./describe.ts";
import type { LayerMember } from "./header/member.ts";
import { sortEntries } from "./order.ts";
import { createPlantRules } from "./tree/overlay.ts";
import { addPath } from "./tree/plant.ts";
import { addMadeEntries } from "./made/add-made.ts";
import type { DiskContent } from "./made/made.ts";
import type { LayerRecipe, RecipePath } from "./recipe.ts";
import { diskRootOf, type StoreRoot } from "./store-root.ts";
import { createTree, entriesOf, findNode, type TreeFile, type TreeNode } from "./tree/tree.ts";

/** A member, and its content where it has some: on disk, or bytes. */
export interface PlacedMember {
  readonly member: LayerMember;
  readonly content: DiskContent | Uint8Array | undefined;
}

/**
 * Gives what a layer holds. Folders are read when their turn comes, so that a layer of many files
 * does not fill the memory.
 */
export function* listLayerMembers(recipe: LayerRecipe, store: StoreRoot): Generator<PlacedMember> {
  const tree = createTree();
  const rules = createPlantRules(recipe, store);
  const appended = recipe.append === undefined ? [] : recipe.paths.filter(isAppended);
  const planted = recipe.append === undefined
    ? recipe.paths
    : recipe.paths.filter((path) => !isAppended(path));
  for (const path of planted) addPath(tree, path, diskRootOf(path.path, store), rules);
  addMadeEntries(tree, recipe.made ?? [], store, rules);
  // GNU tar packs a folder, which is there though nothing is in it.
  if (recipe.packer === "gnu-tar") findNode(tree, ROOT, "/");
  yield* listMembersBelow(tree, recipe, createDescriber(recipe));
  if (recipe.append !== undefined) yield* appendMembers(appended, tree, recipe, store);
}

/** Gives the members that follow the root's: those of `tar -r`, all of them root's. */
function* appendMembers(
  paths: readonly RecipePath[],
  tree: TreeNode,
  recipe: LayerRecipe,
  store: StoreRoot,
): Generator<PlacedMember> {
  const { uid: _uid, gid: _gid, uname: _uname, gname: _gname, ...rest } = recipe;
  const describe = createDescriber(rest);
  const folders = recipe.append === "store" ? listStoreFolders(tree, store) : [];
  for (const place of folders) {
    yield { member: { ...describe(place, undefined), mode: 0o555 }, content: undefined };
  }
  for (const [path, found] of listAppended(paths, tree, store)) {
    const member = describe(path.slice(1), found); // without the slash, which GNU tar removes
    yield { member, content: member.size > 0 ? contentOf(found) : undefined };
  }
}

/** The parts of the root's path. */
const ROOT = [""];

/** A folder whose entries are listed. */
interface ListedFolder {
  readonly at: string | undefined;
  readonly entries: Iterator<readonly [string, TreeNode]>;
}

/** Gives the members below a node; without recursion, for each member would pass all folders above it. */
function* listMembersBelow(
  tree: TreeNode,
  recipe: LayerRecipe,
  describe: DescribeMember,
): Generator<PlacedMember> {
  const enter = (node: TreeNode, at: string | undefined): ListedFolder => {
    const sorted = sortEntries(entriesOf(node), recipe, node.found === undefined);
    return { at, entries: sorted[Symbol.iterator]() };
  };
  const open = [enter(tree, undefined)];
  for (let folder = open[0]; folder !== undefined; folder = open.at(-1)) {
    const next = folder.entries.next();
    if (next.done) {
      open.pop();
      continue;
    }
    const [name, child] = next.value;
    const { at } = folder;
    const place = at === undefined ? name || "/" : at === "/" ? `/${name}` : `${at}/${name}`;
    const { found } = child;
    const member = describe(place, found);
    const isSaid = found !== undefined ||
      !child.isBelow && (place !== "/" || hasRoot(recipe));
    if (isSaid) yield { member, content: member.size > 0 ? contentOf(found!) : undefined };
    if (member.type === "directory") open.push(enter(child, place));
  }
}

/** Tells whether a root that nothing says how it is has a member. */
function hasRoot({ style, packer }: LayerRecipe): boolean {
  return style === "nix2container" || packer !== undefined;
}

function contentOf({ content, root, source }: TreeFile): DiskContent | Uint8Array {
  return content ?? { file: root + source };
}
