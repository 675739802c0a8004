/** `nixoci blob get SOURCE@DIGEST` */
import { file } from "@oclif/core/flags";
import { defineReferenceArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";

export default defineVerb({
  summary: "Write a blob to a file, or to standard output",
  description: "All of it is proved: a file appears when it is whole.",
  examples: [
    "nixoci blob get --output blob oci-dir:examples/hello@sha256:8e8a6a9c25113358da4ad8a6fa2bc7e96bb86826299b588554d03f270641c835",
  ],
  args: { source: defineReferenceArg("The blob, as scheme:location@digest") },
  flags: {
    output: file({ char: "o", summary: "Write it to this file", helpValue: "file" }),
  },
  reaches: "one place",

  doing: ({ source }) => `get ${source}`,
  async run({ source }, { output }, io) {
    const { getBlob } = await import("./run.ts");
    const got = await getBlob(source, output, io);
    io.print(got, () => output === undefined ? [] : [got.digest]);
  },
});
