/** `nixoci attach SOURCE FILE…` */
import { boolean, string } from "@oclif/core/flags";
import { defineReferenceArg, defineWordsArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { definePlatformFlag, REPEATABLE } from "../../kit/flags.ts";

export default defineVerb({
  summary: "Attach files to an image where it is",
  description:
    "Makes an artifact of the files whose subject is the image, which nixoci referrers lists then. " +
    "The image does not change. Prints the artifact's digest.",
  examples: ["nixoci attach --type application/vnd.example.sbom oci-dir:images:app spec.json"],
  args: {
    source: defineReferenceArg("The image, as scheme:location"),
    file: defineWordsArg("A file or folder; :TYPE behind it is its media type"),
  },
  flags: {
    type: string({
      required: true,
      summary: "What it is, as a media type",
      helpValue: "type",
      aliases: ["artifact-type"],
    }),
    annotation: string({
      ...REPEATABLE,
      char: "a",
      summary: "An annotation of the artifact",
      helpValue: "key=value",
    }),
    platform: definePlatformFlag("the whole index by default"),
    "dry-run": boolean<boolean>({ summary: "Print what would be attached, and attach nothing" }),
  },
  reaches: "one place",

  doing: ({ source }) => `attach to ${source}`,
  async run({ source, file: files }, flags, io) {
    const { attachFiles } = await import("./run.ts");
    const attached = await attachFiles(source, files, flags, io);
    io.print(attached, () => [attached.descriptor.digest]);
  },
});
