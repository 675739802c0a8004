/** `nixoci tag SOURCE NEW…` */
import { boolean } from "@oclif/core/flags";
import { defineReferenceArg, defineWordsArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";

export default defineVerb({
  summary: "Give an image more names in its repository or layout",
  description:
    "No blob moves, and nothing but the manifest is read. A name that another image has moves to " +
    "this one. Prints the digest.",
  examples: [
    "nixoci tag oci-dir:images:app app-stable app-1.4",
    "nixoci tag oci-dir:images:old previous",
  ],
  args: {
    source: defineReferenceArg("The image, as scheme:location"),
    name: defineWordsArg("A new name: of a repository's image the tag alone"),
  },
  flags: {
    "dry-run": boolean<boolean>({ summary: "Print what would be named, and name nothing" }),
  },
  reaches: "one place",

  doing: ({ source }) => `tag ${source}`,
  async run({ source, name: names }, flags, io) {
    const { nameImage } = await import("./run.ts");
    const tagged = await nameImage(source, names, flags["dry-run"] ?? false, io);
    io.print(tagged, () => [tagged.descriptor.digest]);
  },
});
