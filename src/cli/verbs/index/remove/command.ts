/** `nixoci index remove INDEX` */
import { string } from "@oclif/core/flags";
import { NixociError } from "../../../../base/errors.ts";
import { defineReferenceArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { definePlatformFlag, REPEATABLE } from "../../../kit/flags.ts";
import { indexFlags } from "../flags.ts";

export default defineVerb({
  summary: "Take images out of an index, where it is",
  description:
    "Attestations about them go with them; the manifests themselves stay where they are, without " +
    "this name. Prints the new digest.",
  examples: [
    "nixoci index remove --platform linux/arm64 oci-dir:made:hello",
  ],
  args: { index: defineReferenceArg("The index, as scheme:location") },
  flags: {
    platform: definePlatformFlag("nothing by default"),
    digest: string({ ...REPEATABLE, summary: "The entry of this digest", helpValue: "sha256:…" }),
    ...indexFlags,
  },
  reaches: "two places",
  takesImages: true,

  doing: ({ index }) => `remove from ${index}`,
  async run({ index }, { platform = [], digest = [], ...flags }, io) {
    if (platform.length + digest.length === 0) {
      throw new NixociError("USAGE", "nothing is to be removed", {
        hint: "say what with --platform or --digest",
      });
    }
    const { changeIndex } = await import("../change-index.ts");
    const { removeFromIndex } = await import("../../../../steps/index-entries.ts");
    const { parsePlatform } = await import("../../../../image/platform.ts");
    const which = [...platform.map(parsePlatform), ...digest];
    await changeIndex(index, {}, flags, io, () => removeFromIndex(which));
  },
});
