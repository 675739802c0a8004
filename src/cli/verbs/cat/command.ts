/** `nixoci cat SOURCE PATH` */
import { NixociError } from "../../../base/errors.ts";
import { defineReferenceArg, defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { imageFlags } from "../../kit/flags.ts";

export default defineVerb({
  summary: "Print a file of an image",
  description:
    "As a container of the image would read it: symbolic links are followed, and lead nowhere else. " +
    "Reads the newest layer first, and no more layers than it takes.",
  examples: [
    "nixoci cat registry:alpine /etc/os-release",
    "nixoci cat oci-dir:images:app usr/bin/app > app",
  ],
  args: {
    source: defineReferenceArg("Where the image is, as scheme:location"),
    path: defineRequiredArg("The file, from the image's root"),
  },
  flags: imageFlags,
  reaches: "one place",

  doing: ({ source, path }) => `read ${path} of ${source}`,
  async run({ source, path }, flags, io) {
    if (flags.json) {
      throw new NixociError("USAGE", "The content of a file is not JSON", {
        hint: "see what is known of it with nixoci ls --json",
      });
    }
    const { printFile } = await import("./run.ts");
    await printFile(source, path, flags, io);
  },
});
