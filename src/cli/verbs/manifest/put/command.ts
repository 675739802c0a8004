/** `nixoci manifest put DESTINATION FILE` */
import { boolean, string } from "@oclif/core/flags";
import { defineReferenceArg, defineRequiredArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";

export default defineVerb({
  summary: "Put a manifest under a name, byte for byte",
  description:
    "What it names has to be there already: nixoci blob put brings it. In a registry, a " +
    "destination that ends with @DIGEST gets no tag. Prints the digest.",
  examples: ["nixoci manifest put oci-dir:images:again manifest.json"],
  args: {
    destination: defineReferenceArg("Where it goes, as scheme:location"),
    file: defineRequiredArg("A file with the manifest", "file"),
  },
  flags: {
    "media-type": string({
      summary: "Its media type, where it does not say that itself",
      helpValue: "type",
    }),
    "dry-run": boolean<boolean>({ summary: "Print the digest, and put nothing" }),
  },
  reaches: "one place",

  doing: ({ destination, file }) => `put ${file} at ${destination}`,
  async run({ destination, file }, flags, io) {
    const { putManifestFile } = await import("./run.ts");
    const put = await putManifestFile(destination, file, flags, io);
    io.print(put, () => [put.descriptor.digest]);
  },
});
