/** Lays what comes to the root over a base without hiding what the base's links lead to. */
import { codeOf, reasonOf } from "../base/errors.ts";
import type { NoticeCode, OnNotice } from "../base/notices.ts";
import type { PlanLayer } from "../plan/mod.ts";
import { listLayerMembers } from "../recipe/members.ts";
import type { LayerRecipe } from "../recipe/mod.ts";
import type { BaseFiles } from "./base.ts";
import { selectCrossedLinks } from "./base-links.ts";
import type { LayerDraft } from "./draft.ts";
import type { SpecPaths } from "./paths.ts";

/** The surroundings of the layers. */
export interface BaseLinkContext {
  readonly baseFiles: () => Promise<BaseFiles>;
  readonly paths: SpecPaths;
  readonly onNotice?: OnNotice | undefined;
}

/**
 * Returns the layers with what they have below the base's links to folders in those folders. Where
 * nix2container copies, whose bytes are bound, a notice says what is hidden; another one says which
 * bytes are other than dockerTools'.
 * @throws NixociError `MALFORMED` for a link in a circle, and what reading the base throws.
 */
export async function keepBaseLinks(
  layers: readonly (LayerDraft | PlanLayer)[],
  { baseFiles, paths, onNotice }: BaseLinkContext,
): Promise<(LayerDraft | PlanLayer)[]> {
  const kept: (LayerDraft | PlanLayer)[] = [];
  const tell = (code: NoticeCode, message: string) => onNotice?.({ code, message });
  for (const layer of layers) {
    const own = "digest" in layer ? undefined : listRootFiles(layer.recipe, paths);
    const below = own && await readFiles(baseFiles, onNotice);
    if ("digest" in layer || own === undefined || below === undefined) {
      kept.push(layer);
      continue;
    }
    const { recipe } = layer;
    reportHidden(own, below.top, tell);
    const crossed = selectCrossedLinks(own, below.links);
    const isBound = recipe.style === "nix2container" && recipe.paths.length > 0;
    for (const [link, folder] of crossed) {
      if (isBound) tell("HIDDEN", describeReplaced(link, folder));
      else if (recipe.packer !== undefined) tell("FOLLOWED", describeFollowed(link, folder));
    }
    const follows = !isBound && crossed.size > 0;
    kept.push(
      follows ? { ...layer, recipe: { ...recipe, links: Object.fromEntries(crossed) } } : layer,
    );
  }
  return kept;
}

/** Reads what of the base matters; of one whose layers nobody here can read, a notice says so. */
async function readFiles(
  baseFiles: BaseLinkContext["baseFiles"],
  onNotice: OnNotice | undefined,
): Promise<BaseFiles | undefined> {
  try {
    return await baseFiles();
  } catch (error) {
    if (codeOf(error) !== "UNSUPPORTED") throw error;
    const message = `copyToRoot: links of the base may be replaced, for it cannot be read: ` +
      reasonOf(error);
    onNotice?.({ code: "HIDDEN", message });
    return undefined;
  }
}

/** Lists what a layer has at the root, not in the store, by its places; `undefined` for nothing. */
function listRootFiles(recipe: LayerRecipe, paths: SpecPaths): Map<string, string> | undefined {
  const copied = recipe.paths.filter(({ rewrite }) => rewrite?.regex && rewrite.repl === "");
  if (copied.length + (recipe.made ?? []).length === 0) return undefined;
  const own = new Map<string, string>();
  const store = { root: paths.root, storeDir: paths.storeDir };
  for (const { member } of listLayerMembers({ ...recipe, paths: copied }, store)) {
    own.set(member.name, member.type);
  }
  return own;
}

/** Tells what of the base is gone, since another kind of file comes to its place. */
function reportHidden(
  own: ReadonlyMap<string, string>,
  top: BaseFiles["top"],
  tell: (code: NoticeCode, message: string) => void,
): void {
  for (const [place, type] of top) {
    const comes = own.get(place);
    if (comes === undefined || (comes === "directory") === (type === "directory")) continue;
    if (type === "symlink") continue; // of links to folders more is known
    const [a, b] = [WORDS[comes] ?? comes, WORDS[type] ?? type];
    const all = type === "directory" ? " and all that is in it" : "";
    tell("HIDDEN", `the image has a ${a} ${place}, which replaces the base's ${b}${all}`);
  }
}

const WORDS: Readonly<Record<string, string>> = { directory: "folder", symlink: "link" };

function describeReplaced(link: string, folder: string): string {
  return `copyToRoot has a folder ${link}, which replaces the base's link to ${folder}: ` +
    "what is there is not in it any more; style dockertools keeps the link";
}

function describeFollowed(link: string, folder: string): string {
  return `contents: ${link} of the base is a link to ${folder}, and what goes there does: ` +
    "the layer is not dockerTools', which would hide what the base has";
}
