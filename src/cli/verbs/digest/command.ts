/** `nixoci digest SOURCE` */
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { definePlatformFlag } from "../../kit/flags.ts";

export default defineVerb({
  summary: "Print the digest of an image's manifest",
  description:
    "The digest that pins what the reference names now: the index, where it names one, or with " +
    "--platform the image that the index has for it.",
  examples: [
    "nixoci digest registry:alpine",
    "nixoci digest --platform linux/arm64 registry:alpine",
  ],
  args: { source: defineReferenceArg("Where the image is, as scheme:location") },
  flags: { platform: definePlatformFlag("the whole index by default") },
  reaches: "one place",

  doing: ({ source }) => `read ${source}`,
  async run({ source }, { platform }, io) {
    const { findDigest } = await import("./run.ts");
    const { mediaType, digest, size } = await findDigest(source, platform, io);
    io.print({ digest, mediaType, size }, () => [digest]);
  },
});
