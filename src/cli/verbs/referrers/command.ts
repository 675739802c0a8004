/** `nixoci referrers SOURCE` */
import { boolean, string } from "@oclif/core/flags";
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { definePlatformFlag } from "../../kit/flags.ts";

export default defineVerb({
  summary: "List what refers to an image: signatures, SBOMs, whatever was attached",
  description:
    "Asks for the image, for all images of an index, and for what refers to these in turn. " +
    "Registries without the referrers API, layouts and archives have lists under a tag instead.",
  examples: [
    "nixoci referrers oci-dir:images:app",
    "nixoci referrers --artifact-type application/vnd.example.sbom oci-dir:images:app",
  ],
  args: { source: defineReferenceArg("Where the image is, as scheme:location") },
  flags: {
    "artifact-type": string({
      summary: "Only what is of this type, whatever it refers to",
      helpValue: "type",
    }),
    "digest-tags": boolean<boolean>({
      summary: "List what is called by the digest, too, as cosign's sha256-….sig",
    }),
    platform: definePlatformFlag("the whole index by default"),
  },
  reaches: "one place",

  doing: ({ source }) => `list what refers to ${source}`,
  async run({ source }, flags, io) {
    const { findAttached } = await import("./run.ts");
    const { formatTree } = await import("./lines.ts");
    const found = await findAttached(source, flags, io);
    io.print(found, () => formatTree(found));
  },
});
