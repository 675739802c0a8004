/** `nixoci manifest get SOURCE` */
import { file } from "@oclif/core/flags";
import { defineReferenceArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { definePlatformFlag } from "../../../kit/flags.ts";

export default defineVerb({
  summary: "Write a manifest as it is, byte for byte",
  description: "What nixoci inspect --raw prints, with --output into a file.",
  examples: ["nixoci manifest get oci-dir:examples/hello"],
  args: { source: defineReferenceArg("The image, index or artifact, as scheme:location") },
  flags: {
    output: file({ char: "o", summary: "Write it to this file", helpValue: "file" }),
    platform: definePlatformFlag("the whole index by default"),
  },
  reaches: "one place",

  doing: ({ source }) => `get the manifest of ${source}`,
  async run({ source }, { output, platform }, io) {
    const { readManifestAt } = await import("./run.ts");
    const { bytes, ...got } = await readManifestAt(source, output, platform, io);
    if (output === undefined) io.write(bytes);
    else io.print(got, () => [got.digest]);
  },
});
