/** Drafts the customisation layer: what is copied to the root, what is linked there, and helpers. */
import type { LayerRecipe, MadeEntry, RecipePath } from "../../recipe/mod.ts";
import type { ImageDraft, LayerDraft } from "../draft.ts";

/** The time of files in GNU tar's archives of nixpkgs: its SOURCE_DATE_EPOCH, 1980 began then. */
const SOURCE_DATE_EPOCH = 315_532_800;

/**
 * Drafts the layer. With copies it has the style's bytes; all else is as dockerTools packs it, with
 * owner, group and time that no field of a SPEC changes.
 * @param copies paths that are moved to the root.
 * @param made files and links, whose order is that of laying them over each other.
 */
export function draftCustomisation(
  { style, files, config: { created } }: ImageDraft,
  copies: readonly RecipePath[],
  made: readonly MadeEntry[],
): LayerDraft {
  const isPlain = style === "nix2container" || copies.length > 0;
  const packed: Partial<LayerRecipe> = isPlain
    ? files
    : { packer: "gnu-tar", mtime: SOURCE_DATE_EPOCH };
  const comment = copies.length > 0 ? "copied to the root" : "customisation layer";
  return {
    recipe: { style, ...packed, paths: copies, ...(made.length > 0 && { made }) },
    history: { created, comment },
  };
}
