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
  add: ({ keepContentsDirlinks: keeps }, { style, copiesInStore }, { base }) => {
    // Where nobody else makes these bytes, links are as good as what they lead to; but they would
    // replace folders of a base.
    const follows = copiesInStore || base !== undefined;
    const keep = keeps ?? (follows ? false : undefined);
    if (style === "nix2container" || keep === undefined) return {};
    return { folderLinks: keep ? "keep" : "follow" };
  },
});
