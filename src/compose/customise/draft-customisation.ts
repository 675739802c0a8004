/** Drafts the customisation layer: what is copied to the root, what is linked there, and helpers. */
import type { LayerRecipe, MadeEntry, RecipePath } from "../../recipe/mod.ts";
import type { ImageDraft, LayerDraft } from "../draft.ts";
import type { SpecPaths } from "../paths.ts";
import { makeRootFolder, nameOwners } from "./single-layer.ts";

/** The time of files in GNU tar's archives of nixpkgs: its SOURCE_DATE_EPOCH, 1980 began then. */
const SOURCE_DATE_EPOCH = 315_532_800;

/**
 * Drafts the layer. With copies it has the style's bytes, unless it is the single one; all else is as
 * dockerTools packs it, with owner, group and time that no field of a SPEC changes.
 * @param copies paths that are moved to the root.
 * @param listed files and links, whose order is that of laying them over each other.
 */
export function draftCustomisation(
  { style, files, folderLinks, isSingle, config: { created } }: ImageDraft,
  copies: readonly RecipePath[],
  listed: readonly MadeEntry[],
  paths: Pick<SpecPaths, "storePathOf" | "storeDir" | "root">,
): LayerDraft {
  const made = isSingle ? [makeRootFolder(copies, paths), ...listed] : listed;
  const isPlain = style === "nix2container" || copies.length > 0;
  const packed: Partial<LayerRecipe> = isPlain && !isSingle ? files : {
    packer: "gnu-tar",
    mtime: SOURCE_DATE_EPOCH,
    ...(isSingle && nameOwners(files)),
  };
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
