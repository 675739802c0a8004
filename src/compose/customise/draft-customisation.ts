/** Drafts the customisation layer: what is copied to the root, what is linked there, and helpers. */
import type { LayerRecipe, MadeEntry, RecipePath } from "../../recipe/mod.ts";
import type { ImageDraft, LayerDraft } from "../draft.ts";
import type { SpecPaths } from "../paths.ts";

/** The time of files in GNU tar's archives of nixpkgs: its SOURCE_DATE_EPOCH, 1980 began then. */
const SOURCE_DATE_EPOCH = 315_532_800;

/**
 * Drafts the layer. With copies it has the style's bytes; all else is as dockerTools packs it, with
 * owner, group and time that no field of a SPEC changes.
 * @param copies paths that are moved to the root.
 * @param made files and links, whose order is that of laying them over each other.
 */
export function draftCustomisation(
  { style, files, folderLinks, config: { created } }: ImageDraft,
  copies: readonly RecipePath[],
  made: readonly MadeEntry[],
  paths: Pick<SpecPaths, "storePathOf">,
): LayerDraft {
  const isPlain = style === "nix2container" || copies.length > 0;
  const packed: Partial<LayerRecipe> = isPlain
    ? files
    : { packer: "gnu-tar", mtime: SOURCE_DATE_EPOCH };
  // Links of plain folders stay in any case, but where a folder comes to their place.
  const isRuled = folderLinks === "keep"
    ? copies.length > 0
    : copies.some(({ path }) => paths.storePathOf(path) !== undefined);
  const comment = copies.length > 0 ? "copied to the root" : "customisation layer";
  return {
    recipe: {
      style,
      ...packed,
      paths: copies,
      ...(isRuled && folderLinks && { folderLinks }),
      ...(made.length > 0 && { made }),
    },
    history: { created, comment },
  };
}
