/** `keepContentsDirlinks`: what becomes of links to folders in what is copied to the root. */
import { defineFeature, type Kinds } from "../feature.ts";

export const folderLinks = defineFeature((is: Kinds) => ({
  keepContentsDirlinks: is.field(
    is.flag,
    "true keeps links to folders in what copyToRoot names (rsync -K); false makes folders of those " +
      "in store paths (rsync -k), which is dockerTools' default",
  ),
}), {
  asides: ["keepContentsDirlinks"],
  add: ({ keepContentsDirlinks: keeps }, { style, copiesInStore }) => {
    // Where nobody else makes these bytes, links are as good as what they lead to.
    const isBound = style === "dockertools" && copiesInStore;
    const keep = keeps ?? (isBound ? false : undefined);
    if (style === "nix2container" || keep === undefined) return {};
    return { folderLinks: keep ? "keep" : "follow" };
  },
});
