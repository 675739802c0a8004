/** `nixoci inspect SOURCE` */
import { boolean } from "@oclif/core/flags";
import { NixociError } from "../../../base/errors.ts";
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { definePlatformFlag } from "../../kit/flags.ts";

export default defineVerb({
  summary: "Say what an image is: platform, config, layers",
  description:
    "Reads the manifest and the config, no layer. Of an index it shows the entries; with " +
    "--platform, or with --config, the image for a platform; of an archive or layout that holds " +
    "several images, their names.",
  examples: [
    "nixoci inspect registry:alpine",
    "nixoci inspect --raw oci-dir:images:alpine | jq .layers",
    "nixoci inspect --config --platform linux/arm64 registry:alpine",
  ],
  args: { source: defineReferenceArg("Where the image is, as scheme:location") },
  flags: {
    raw: boolean<boolean>({ summary: "Print the manifest, byte for byte" }),
    config: boolean<boolean>({ summary: "Print the image's config, byte for byte" }),
    platform: definePlatformFlag("the whole index by default, the host's with --config"),
  },
  reaches: "one place",

  doing: ({ source }) => `inspect ${source}`,
  async run({ source }, flags, io) {
    if ([flags.raw, flags.config, flags.json].filter(Boolean).length > 1) {
      throw new NixociError("USAGE", "--raw, --config and --json print different things", {
        hint: "give one of them",
      });
    }
    const { printImage } = await import("./run.ts");
    const what = flags.raw ? "manifest" : flags.config ? "config" : "summary";
    await printImage(source, what, flags.platform, io);
  },
});
