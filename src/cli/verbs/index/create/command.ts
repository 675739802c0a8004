/** `nixoci index create DESTINATION SOURCE…` */
import { defineReferenceArg, defineWordsArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { indexFlags, memberPlatformFlag } from "../flags.ts";

export default defineVerb({
  summary: "Make one index of images for several platforms",
  description:
    "Platforms are read from the images' configs. Of sources that are indexes, all images come, " +
    "with their attestations. In a registry, blobs of other repositories are mounted. Prints the " +
    "digest of the index.",
  examples: [
    "nixoci index create oci-dir:made:hello oci-dir:examples/hello",
    "nixoci index create --platform linux/amd64 --platform linux/riscv64 oci-dir:made:both docker-archive:app.tar oci-dir:images:old",
  ],
  args: {
    destination: defineReferenceArg("Where the index goes, as scheme:location"),
    source: defineWordsArg("An image or index, as scheme:location"),
  },
  flags: { ...indexFlags, platform: memberPlatformFlag },
  reaches: "two places",
  takesImages: true,

  doing: ({ destination }) => `make the index ${destination}`,
  async run({ destination, source: sources }, flags, io) {
    const { createImageIndex } = await import("./run.ts");
    await createImageIndex(destination, sources, flags, io);
  },
});
