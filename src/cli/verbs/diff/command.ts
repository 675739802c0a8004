/** `nixoci diff A B` */
import { option } from "@oclif/core/flags";
import { ASPECTS } from "../../../flatten/aspects.ts";
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { definePlatformFlag, tmpdirFlag } from "../../kit/flags.ts";
import { formatCount } from "../../kit/text.ts";

export default defineVerb({
  summary: "Say which files differ between two images",
  description:
    "Paths that the second image has more (+), less (-), or otherwise (~), with sizes and what has " +
    "changed; contents are compared by hash, owners by number. Exits with 1 when there is a " +
    "difference, and with 0 when there is none.",
  examples: [
    "nixoci diff registry:alpine:3.20 registry:alpine:3.21",
    "nixoci diff --ignore time oci-dir:images:old oci-dir:images:new",
  ],
  args: {
    before: defineReferenceArg("The first image, as scheme:location"),
    after: defineReferenceArg("The second image, as scheme:location"),
  },
  flags: {
    ignore: option({ options: ASPECTS, multiple: true })({
      summary: "What makes no difference; may be repeated",
      helpValue: "aspect",
      multipleNonGreedy: true,
    }),
    platform: definePlatformFlag(),
    tmpdir: tmpdirFlag,
  },
  reaches: "one place",

  doing: ({ before, after }) => `compare ${before} with ${after}`,
  async run({ before, after }, flags, io) {
    const { describeDifferences, findDifferences } = await import("./run.ts");
    const found = await findDifferences(before, after, flags, io);
    io.print(found, () => describeDifferences(found));
    if (found.length === 0) return;
    io.notice(`${formatCount(found.length, "path")} ${found.length === 1 ? "differs" : "differ"}`);
    return 1;
  },
});
