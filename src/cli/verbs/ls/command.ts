/** `nixoci ls SOURCE [PATH]` */
import { boolean } from "@oclif/core/flags";
import { defineOptionalArg, defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { imageFlags, layerFlag } from "../../kit/flags.ts";

export default defineVerb({
  summary: "List the files of an image",
  description:
    "The files that a container of the image would see, without unpacking it. Reads every layer.",
  examples: [
    "nixoci ls oci-dir:images:alpine",
    "nixoci ls -l docker-archive:app.tar /etc",
    "nixoci ls --layer 2 registry:alpine",
  ],
  args: {
    source: defineReferenceArg("Where the image is, as scheme:location"),
    path: defineOptionalArg("Only this file, or what is below it"),
  },
  flags: {
    long: boolean<boolean>({ char: "l", summary: "With mode, owner, size and time" }),
    layer: layerFlag,
    ...imageFlags,
  },
  reaches: "one place",

  doing: ({ source }) => `list ${source}`,
  async run({ source, path }, flags, io) {
    const { listFiles } = await import("./run.ts");
    await listFiles(source, path, flags, io);
  },
});
