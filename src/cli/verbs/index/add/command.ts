/** `nixoci index add INDEX SOURCE…` */
import { defineReferenceArg, defineWordsArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { indexFlags, memberPlatformFlag } from "../flags.ts";

export default defineVerb({
  summary: "Add images to an index, where it is",
  description: "What is in the index stays, byte for byte. Prints the new digest.",
  examples: [
    "nixoci index add --platform linux/riscv64 oci-dir:made:hello oci-dir:images:old",
  ],
  args: {
    index: defineReferenceArg("The index, as scheme:location"),
    source: defineWordsArg("An image or index, as scheme:location"),
  },
  flags: { ...indexFlags, platform: memberPlatformFlag },
  reaches: "two places",
  takesImages: true,

  doing: ({ index }) => `add to ${index}`,
  async run({ index, source: sources }, { platform, ...flags }, io) {
    const { changeIndex } = await import("../change-index.ts");
    const { addToIndex } = await import("../../../../steps/index-entries.ts");
    await changeIndex(index, { sources, platforms: platform }, flags, io, addToIndex);
  },
});
