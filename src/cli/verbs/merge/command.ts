/** `nixoci merge SOURCE SOURCE… DESTINATION` */
import { defineReferenceArg, defineWordsArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { mergeFlags } from "./flags.ts";

export default defineVerb({
  summary: "Put the images of several places into one",
  description:
    "Every image of an archive or layout comes, under its names, as with dockerTools' mergeImages. " +
    "Of two images with one name the later has it, as when both are loaded. Prints the digests.",
  examples: [
    "nixoci merge docker-archive:app.tar oci-dir:images:old docker-archive:both.tar",
    "nixoci merge registry:alpine oci-dir:images docker-archive:- | docker load",
  ],
  args: {
    source: defineReferenceArg("Where images are, as scheme:location"),
    place: defineWordsArg("More sources, and at last the destination"),
  },
  flags: mergeFlags,
  reaches: "two places",
  takesImages: true,

  doing: ({ place }) => `merge images into ${place.at(-1)}`,
  async run({ source, place: places }, flags, io) {
    const { mergeImages } = await import("./run.ts");
    await mergeImages([source, ...places.slice(0, -1)], places.at(-1)!, flags, io);
  },
});
