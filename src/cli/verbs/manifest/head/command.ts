/** `nixoci manifest head SOURCE` */
import { defineReferenceArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";

export default defineVerb({
  summary: "Print a manifest's media type, digest and size",
  description: "A registry is asked with HEAD, which its limits on pulls do not count.",
  examples: ["nixoci manifest head oci-dir:examples/hello"],
  args: { source: defineReferenceArg("The image, index or artifact, as scheme:location") },
  flags: {},
  reaches: "one place",

  doing: ({ source }) => `read ${source}`,
  async run({ source }, _flags, io) {
    const { headManifestAt } = await import("./run.ts");
    const { digest, mediaType, size } = await headManifestAt(source, io);
    io.print({ digest, mediaType, size }, () => [`${mediaType}  ${digest}  ${size}`]);
  },
});
