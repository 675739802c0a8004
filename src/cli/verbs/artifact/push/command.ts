/** `nixoci artifact push DESTINATION FILE…` */
import { string } from "@oclif/core/flags";
import { deliveryFlags } from "../../../delivery/flags.ts";
import { defineReferenceArg, defineWordsArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { REPEATABLE } from "../../../kit/flags.ts";

const {
  format: _format,
  compress: _compress,
  "compress-level": _level,
  ...arrivalFlags
} = deliveryFlags;

export default defineVerb({
  summary: "Put files into a registry, layout or archive, as an artifact",
  description:
    "Each file keeps its name, and a folder is packed with all below it; oras pull and nixoci " +
    "artifact pull write them again. The same files make the same digest. Prints it.",
  examples: [
    "nixoci artifact push --type application/vnd.example.notes oci-dir:images:notes spec.json rootfs",
    "nixoci artifact push --type application/vnd.example.sbom oci-archive:sbom.tar:one spec.json:application/json",
  ],
  args: {
    destination: defineReferenceArg("Where it goes, as scheme:location"),
    file: defineWordsArg("A file or folder; :TYPE behind it is its media type"),
  },
  flags: {
    type: string({
      summary: "What it is, as a media type; as oras has it by default",
      helpValue: "type",
      default: "application/vnd.unknown.artifact.v1",
      aliases: ["artifact-type"],
    }),
    config: string({
      summary: "A file that becomes the artifact's config; :TYPE behind it is its media type",
      helpValue: "file",
    }),
    annotation: string({
      ...REPEATABLE,
      char: "a",
      summary: "An annotation of the artifact",
      helpValue: "key=value",
    }),
    ...arrivalFlags,
  },
  reaches: "one place",

  doing: ({ destination }) => `put files into ${destination}`,
  async run({ destination, file: files }, flags, io) {
    const { pushFiles } = await import("./run.ts");
    await pushFiles(destination, files, flags, io);
  },
});
