/** `copiesInStore`: whether what is copied to the root is in the store besides, as in dockerTools. */
import { defineFeature, type Kinds } from "../feature.ts";

export const copiesInStore = defineFeature((is: Kinds) => ({
  copiesInStore: is.field(
    is.flag,
    "false leaves what copyToRoot names out of the store, unless something refers to it there; true " +
      "by default, but not where flags alone describe the image, and never in style nix2container",
  ),
}), {
  asides: ["copiesInStore"],
  add: ({ copiesInStore }, { style }) => ({
    copiesInStore: style === "dockertools" && (copiesInStore ?? true),
  }),
});
