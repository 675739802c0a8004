/** `fromImage`, `fromImageName` and `fromImageTag`: the base image. */
import { NixociError } from "../../base/errors.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineTextFlag } from "./flag.ts";

export const base = defineFeature((is: Kinds) => ({
  fromImage: is.field(
    is.filled,
    "The base image: an archive, a layout or a plan by its path, or scheme:location",
  ),
  fromImageName: is.field(is.filled, "Which image of a base archive; with fromImageTag"),
  fromImageTag: is.field(is.filled, "Which image of a base archive; with fromImageName"),
}), {
  flags: {
    from: defineTextFlag(
      {
        summary: "The base image: a file or folder, or scheme:location",
        helpValue: "image",
        aliases: ["from-image"],
      },
      (fromImage) => ({ fromImage }),
      "image",
    ),
  },
  add: ({ fromImage }, _image, { base }) => {
    if (!fromImage || base !== undefined) return {};
    throw new NixociError("USAGE", `fromImage: nothing says how to open ${fromImage}`, {
      hint: "give openBase, or the image itself as base",
    });
  },
});
