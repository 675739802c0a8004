/** `nixoci artifact pull SOURCE FOLDER` */
import { boolean } from "@oclif/core/flags";
import { defineReferenceArg, defineRequiredArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { tmpdirFlag } from "../../../kit/flags.ts";

export default defineVerb({
  summary: "Write the files of an artifact to a folder",
  description:
    "Files get the names that they were put with, and are whole and proved when they appear. One " +
    "that is there is replaced; a folder that is there has to be the same. Prints the paths.",
  examples: ["nixoci artifact pull oci-dir:images:notes notes"],
  args: {
    source: defineReferenceArg("Where the artifact is, as scheme:location"),
    folder: defineRequiredArg("Where its files go; made if need be", "file"),
  },
  flags: {
    "dry-run": boolean<boolean>({ summary: "Print what would be written, and write nothing" }),
    tmpdir: tmpdirFlag,
  },
  reaches: "one place",
  takesImages: true,

  doing: ({ source }) => `pull ${source}`,
  async run({ source, folder }, flags, io) {
    const { pullFiles } = await import("./run.ts");
    const pulled = await pullFiles(source, folder, flags, io);
    io.print(pulled, () => pulled.files);
  },
});
