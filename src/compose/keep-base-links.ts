/** Lays what is copied to the root over a base without hiding what the base's links lead to. */
import { codeOf, reasonOf } from "../base/errors.ts";
import type { OnNotice } from "../base/notices.ts";
import type { PlanLayer } from "../plan/mod.ts";
import type { LayerRecipe, LayerStyle } from "../recipe/mod.ts";
import { diskRootOf } from "../recipe/store-root.ts";
import type { BaseFiles } from "./base.ts";
import { type FolderLinks, selectCrossedLinks } from "./base-links.ts";
import type { LayerDraft } from "./draft.ts";
import type { SpecPaths } from "./paths.ts";

/** The surroundings of the layers. */
export interface BaseLinkContext {
  readonly style: LayerStyle;
  readonly baseFiles: () => Promise<BaseFiles>;
  readonly paths: SpecPaths;
  readonly onNotice?: OnNotice | undefined;
}

/**
 * Returns the layers with what they copy below the base's links to folders in those folders. In
 * nix2container's style, whose bytes are bound, a notice says what is hidden.
 * @throws NixociError `MALFORMED` for a link in a circle, and what reading the base throws.
 */
export async function keepBaseLinks(
  layers: readonly (LayerDraft | PlanLayer)[],
  { style, baseFiles, paths, onNotice }: BaseLinkContext,
): Promise<(LayerDraft | PlanLayer)[]> {
  const kept: (LayerDraft | PlanLayer)[] = [];
  for (const layer of layers) {
    const copied = "digest" in layer ? [] : copiedBy(layer.recipe);
    if ("digest" in layer || copied.length === 0) {
      kept.push(layer);
      continue;
    }
    const all = await readLinks(baseFiles, onNotice);
    const crossed = copied.flatMap((path) => [
      ...selectCrossedLinks(diskRootOf(path, paths) + path, all),
    ]);
    const links = Object.fromEntries(crossed);
    if (style === "nix2container") {
      for (const [link, folder] of Object.entries(links)) onNotice?.(hiddenNotice(link, folder));
    }
    const follows = style !== "nix2container" && crossed.length > 0;
    kept.push(follows ? { ...layer, recipe: { ...layer.recipe, links } } : layer);
  }
  return kept;
}

/** Reads the links of the base; of one whose layers nobody here can read, a notice says so. */
async function readLinks(
  baseFiles: BaseLinkContext["baseFiles"],
  onNotice: OnNotice | undefined,
): Promise<FolderLinks> {
  try {
    return (await baseFiles()).links;
  } catch (error) {
    if (codeOf(error) !== "UNSUPPORTED") throw error;
    const message = `copyToRoot: links of the base may be replaced, for it cannot be read: ` +
      reasonOf(error);
    onNotice?.({ code: "HIDDEN", message });
    return new Map();
  }
}

/** Returns the paths that are copied to the root. */
function copiedBy({ paths }: LayerRecipe): string[] {
  return paths.flatMap(({ path, rewrite }) => rewrite?.regex && rewrite.repl === "" ? path : []);
}

function hiddenNotice(link: string, folder: string) {
  const message = `copyToRoot has a folder ${link}, which replaces the base's link to ${folder}: ` +
    "what is there is not in it any more; style dockertools keeps the link";
  return { code: "HIDDEN", message } as const;
}
