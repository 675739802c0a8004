/** `nixoci diff A B` */
import { boolean, file, option } from "@oclif/core/flags";
import { ASPECTS } from "../../../flatten/aspects.ts";
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { definePlatformFlag, REPEATABLE, tmpdirFlag } from "../../kit/flags.ts";
import { formatCount } from "../../kit/text.ts";

export default defineVerb({
  summary: "Say which files differ between two images",
  description:
    "Paths that the second image has more (+), less (-), or otherwise (~), with sizes and what has " +
    "changed; contents are compared by hash, owners by number. With --store-paths the same for the store " +
    "paths of images that Nix has a hand in. Exits with 1 when there is a " +
    "difference, and with 0 when there is none.",
  examples: [
    "nixoci diff registry:alpine:3.20 registry:alpine:3.21",
    "nixoci diff --ignore time oci-dir:images:old oci-dir:images:new",
    "nixoci diff --store-paths oci-dir:images:old oci-dir:images:new",
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
    "store-paths": boolean<boolean>({
      summary: "Compare store paths, not files: which are new, gone, or of another version",
    }),
    closure: file({
      ...REPEATABLE,
      summary: "With --store-paths: a file that says how large they are, so that no layer is read",
      helpValue: "file",
      dependsOn: ["store-paths"],
    }),
    platform: definePlatformFlag(),
    tmpdir: tmpdirFlag,
  },
  reaches: "one place",

  doing: ({ before, after }) => `compare ${before} with ${after}`,
  async run({ before, after }, flags, io) {
    if (flags["store-paths"]) {
      const { compareStores } = await import("./store.ts");
      return await compareStores(before, after, flags, io);
    }
    const { describeDifferences, findDifferences } = await import("./run.ts");
    const found = await findDifferences(before, after, flags, io);
    io.print(found, () => describeDifferences(found));
    if (found.length === 0) return;
    io.notice(`${formatCount(found.length, "path")} ${found.length === 1 ? "differs" : "differ"}`);
    return 1;
  },
});
