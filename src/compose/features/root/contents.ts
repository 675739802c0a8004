/** `contents`: folders whose files have links at the root, as dockerTools' layered images have them. */
import { NixociError } from "../../../base/errors.ts";
import { namePaths } from "../../parts.ts";
import { addPaths } from "../store/paths.ts";
import { defineFeature, type Kinds } from "../feature.ts";
import { defineTextsFlag } from "../flag.ts";

export const contents = defineFeature((is: Kinds) => ({
  contents: is.field(
    is.paths,
    "Store paths or directories whose files have links at the image's root, in its last layer",
  ),
}), {
  flags: {
    contents: defineTextsFlag({
      summary: "Include this store path, with links to its files at the image's root",
      helpValue: "path",
    }, (paths, { contents }) => ({ contents: addPaths(contents, paths) })),
  },
  add: ({ contents }, { style, own }, { folder }) => {
    const named = namePaths(contents, { at: "", folder }, "contents");
    if (named.length === 0) return {};
    if (own.copyToRoot.length > 0) throw bothError();
    // There it is the old name of the same.
    return style === "nix2container"
      ? { own: { ...own, copyToRoot: named } }
      : { own: { ...own, contents: named } };
  },
});

function bothError(): NixociError {
  return new NixociError("USAGE", "contents: there is copyToRoot as well", {
    hint: "put all into one of them: contents makes links to store paths, and copies other folders",
  });
}
