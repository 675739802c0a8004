/** `nixoci explain SOURCE` */
import { boolean, integer, string } from "@oclif/core/flags";
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { imageFlags } from "../../kit/flags.ts";
import { defineProgressFlag } from "../../progress/flag.ts";

export default defineVerb({
  summary: "Say what the layers of an image add and waste, and where settings are from",
  description:
    "Layers with what they add, hide of the layers below, and waste: bytes that the final image " +
    "does not show. The largest files and store paths, and for each setting of the config whether " +
    "the base or a step of the history has set it. Reads every layer, unless --quick.",
  examples: [
    "nixoci explain oci-dir:images:app",
    "nixoci explain --quick registry:alpine",
    "nixoci explain --base registry:alpine:3.20 oci-dir:images:old",
    "nixoci explain --json oci-dir:images:app | jq '.layers[].content.wastes'",
  ],
  args: { source: defineReferenceArg("Where the image is, as scheme:location") },
  flags: {
    quick: boolean<boolean>({
      summary: "Read no layer: say what manifest, config and history tell",
    }),
    base: string({
      summary: "The image that it was made on, to tell apart what is from there",
      helpValue: "reference",
    }),
    top: integer({
      summary: "How many of the largest files and store paths",
      helpValue: "n",
      min: 0,
      default: 10,
    }),
    progress: defineProgressFlag(),
    ...imageFlags,
  },
  reaches: "one place",

  doing: ({ source }) => `explain ${source}`,
  async run({ source }, flags, io) {
    const { explainSource } = await import("./run.ts");
    const { formatExplanation } = await import("./lines.ts");
    const explanation = await explainSource(source, flags, io);
    io.print(explanation, () => formatExplanation(explanation, flags.top));
  },
});
