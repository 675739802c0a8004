/** `nixoci diff A B` */
import { option } from "@oclif/core/flags";
import type { Difference } from "../../../flatten/diff.ts";
import { type Aspect, ASPECTS } from "../../../flatten/aspects.ts";
import { verb } from "../../kit/command.ts";
import { platformFlag, referenceArg, registriesConfFlag, tmpdirFlag } from "../../kit/flags.ts";
import { differenceLines } from "../ls/run.ts";
import { readPlace } from "../../reference/place.ts";
import { sideFlags, sideOptions } from "../../kit/sides.ts";
import { count } from "../../kit/text.ts";

export default verb({
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
    before: referenceArg("The first image, as scheme:location"),
    after: referenceArg("The second image, as scheme:location"),
  },
  flags: {
    ignore: option({ options: ASPECTS, multiple: true })({
      summary: "What makes no difference; may be repeated",
      helpValue: "aspect",
      multipleNonGreedy: true,
    }),
    platform: platformFlag(),
    tmpdir: tmpdirFlag,
    ...sideFlags,
    "registries-conf": registriesConfFlag,
  },

  doing: ({ before, after }) => `compare ${before} with ${after}`,
  async run({ before, after }, flags, io) {
    const { diff } = await import("../../../flatten/diff.ts");
    const { withImage } = await import("../../reference/image.ts");
    const options = sideOptions(flags, io);
    const ignore = (flags.ignore ?? []) as readonly Aspect[];
    const found: Difference[] = [];
    const [first, second] = [readPlace(before), readPlace(after)];
    await withImage(first, flags, options, (a) =>
      withImage(second, flags, options, async (b) => {
        for await (const one of diff(a, b, { ignore, signal: io.signal })) found.push(one);
      }));
    io.print(found, () => differenceLines(found));
    if (found.length === 0) return;
    io.notice(`${count(found.length, "path")} ${found.length === 1 ? "differs" : "differ"}`);
    return 1;
  },
});
