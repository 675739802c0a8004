/** `nixoci blob head SOURCE@DIGEST` */
import { defineReferenceArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";

export default defineVerb({
  summary: "Tell whether a blob is there, and how large it is",
  description: "Nothing of it is read. The status is 1 where it is not there.",
  examples: [
    "nixoci blob head oci-dir:examples/hello@sha256:8e8a6a9c25113358da4ad8a6fa2bc7e96bb86826299b588554d03f270641c835",
  ],
  args: { source: defineReferenceArg("The blob, as scheme:location@digest") },
  flags: {},
  reaches: "one place",

  doing: ({ source }) => `find ${source}`,
  async run({ source }, _flags, io) {
    const { withBlob } = await import("../../../reference/with-blob.ts");
    const { digest, size } = await withBlob(source, io, (blob) => Promise.resolve(blob.descriptor));
    io.print({ digest, size }, () => [`${size}`]);
  },
});
