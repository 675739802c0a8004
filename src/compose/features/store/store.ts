/** `store` and `closure`: where the store is, and what describes it where it has no database. */
import { resolve } from "node:path";
import { defineFeature, type Kinds } from "../feature.ts";
import { defineTextFlag, defineTextsFlag } from "../flag.ts";

export const store = defineFeature((is: Kinds) => ({
  store: is.field(is.filled, "The folder that /nix/store is below; / by default"),
  closure: is.field(
    is.paths,
    "Instead of the store's database: files from nix path-info --json, closureInfo's registration, or " +
      "exportReferencesGraph",
  ),
}), {
  flags: {
    store: defineTextFlag(
      {
        summary: "The folder that /nix/store is below; / by default",
        helpValue: "folder",
      },
      (store) => ({ store: resolve(store) }),
      "folder",
    ),
    closure: defineTextsFlag(
      {
        summary:
          "Take closures from these files, not from the store's database: nix path-info --json, " +
          "closureInfo's registration, or exportReferencesGraph",
        helpValue: "file",
      },
      (files) => ({ closure: files.map((file) => resolve(file)) }),
      "files",
    ),
  },
  asides: ["store"],
  add: ({ store, closure }, _image, { folder }) => ({
    store: {
      root: resolve(folder, store ?? "/"),
      descriptions: [closure ?? []].flat().map((file) => resolve(folder, file)),
    },
  }),
});
