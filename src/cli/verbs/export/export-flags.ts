/** Flags of verbs that look into an image. */
import { string } from "@oclif/core/flags";

/** `--image-name`, `--image-tag`: one of several images in an archive. */
export const pickFlags = {
  "image-name": string({
    summary: "Of an archive with several images, the one of this name",
    helpValue: "name",
  }),
  "image-tag": string({ summary: "And of this tag", helpValue: "tag" }),
};

/** `--layer`. */
export const layerFlag = string({
  summary: "Look at this layer alone, whiteouts and all: 1 is the lowest, or its digest",
  helpValue: "n|digest",
});
