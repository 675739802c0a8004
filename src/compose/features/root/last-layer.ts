/** `singleLayer` and `emptyLayer`: the last layer as dockerTools makes it, with all of the store in it, or nothing. */
import { NixociError } from "../../../base/errors.ts";
import { defineFeature, type Kinds } from "../feature.ts";

export const lastLayer = defineFeature((is: Kinds) => ({
  singleLayer: is.field(
    is.flag,
    "true puts what is copied to the root, and after it the store paths of the image, into one " +
      "layer, with the bytes of dockerTools' buildImage; what is copied is in the store then only " +
      "where something in the image refers to it",
  ),
  emptyLayer: is.field(
    is.flag,
    "true makes a last layer though nothing is in it, as dockerTools' layered images have one",
  ),
}), {
  asides: ["singleLayer", "emptyLayer"],
  add: ({ singleLayer, emptyLayer }, { style, own: { perms } }) => {
    const asked = singleLayer ? "singleLayer" : emptyLayer ? "emptyLayer" : undefined;
    if (asked !== undefined && style === "nix2container") {
      throw new NixociError("USAGE", `${asked}: nix2container has no such layer`, {
        hint: 'leave it out, or give style: "dockertools"',
      });
    }
    if (singleLayer && perms.length > 0) {
      throw new NixociError("USAGE", `${perms[0]!.at}: buildImage's layer has no permissions`, {
        hint: "leave them out, or singleLayer",
      });
    }
    return { isSingle: singleLayer ?? false, isLastKept: (singleLayer || emptyLayer) ?? false };
  },
});
