/** Lays what comes to the root over a base without hiding what the base's links lead to. */
import { posix } from "node:path";
import { codeOf, reasonOf } from "../../base/errors.ts";
import type { NoticeCode, OnNotice } from "../../base/notices.ts";
import type { PlanLayer } from "../../plan/mod.ts";
import { listLayerMembers } from "../../recipe/members.ts";
import type { LayerRecipe } from "../../recipe/mod.ts";
import type { BaseFiles } from "../base/base.ts";
import { selectCrossedLinks } from "./base-links.ts";
import type { LayerDraft } from "../draft.ts";
import type { SpecPaths } from "../paths.ts";

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
    reportHidden(own, below, tell);
    const crossed = selectCrossedLinks(own.types, below.links);
    const isBound = recipe.style === "nix2container" && recipe.paths.length > 0;
    for (const [link, folder] of crossed) {
      if (isBound) tell("HIDDEN", describeReplaced(link, folder));
      else if (recipe.packer !== undefined) tell("FOLLOWED", describeFollowed(link, folder));
    }
    const follows = !isBound && crossed.size > 0;
    kept.push(
      follows
        ? {
          ...layer,
          recipe: { ...recipe, links: { ...Object.fromEntries(crossed), ...recipe.links } },
        }
        : layer,
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
function listRootFiles(recipe: LayerRecipe, paths: SpecPaths): OwnFiles | undefined {
  const copied = recipe.paths.filter(({ rewrite }) => rewrite?.regex && rewrite.repl === "");
  if (copied.length + (recipe.made ?? []).length === 0) return undefined;
  const own: OwnFiles = { types: new Map(), targets: new Map() };
  const store = { root: paths.root, storeDir: paths.storeDir };
  const { append: _append, ...root } = recipe;
  for (const { member } of listLayerMembers({ ...root, paths: copied }, store)) {
    own.types.set(member.name, member.type);
    if (member.type === "symlink") own.targets.set(member.name, member.linkname);
  }
  return own;
}

/** The types of a layer's files, and the texts of its links, by their places. */
interface OwnFiles {
  readonly types: Map<string, string>;
  readonly targets: Map<string, string>;
}

/** Tells what of the base is gone, since another kind of file comes to its place. */
function reportHidden(
  { types, targets }: OwnFiles,
  { top, links }: BaseFiles,
  tell: (code: NoticeCode, message: string) => void,
): void {
  const nameOf = (type: string) => WORDS[type] ?? type;
  for (const [place, type] of top) {
    const comes = types.get(place);
    // Of links to folders more is known.
    if (comes === undefined || type === "symlink") continue;
    if ((comes === "directory") === (type === "directory")) continue;
    const all = type === "directory" ? " and all that is in it" : "";
    tell("HIDDEN", describeHidden(place, nameOf(comes), `${nameOf(type)}${all}`));
  }
  for (const [place, folder] of links) {
    const comes = types.get(place);
    const target = posix.resolve(posix.dirname(place), targets.get(place) ?? "");
    if (comes === undefined || comes === "directory" || target === folder) continue;
    tell("HIDDEN", describeHidden(place, nameOf(comes), `link to ${folder}`));
  }
}

function describeHidden(place: string, comes: string, gone: string): string {
  return `the image has a ${comes} ${place}, which replaces the base's ${gone}`;
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
