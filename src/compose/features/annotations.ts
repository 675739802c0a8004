/** `annotations`: those of the image's manifest. */
import { defineFeature, type Kinds } from "./feature.ts";
import { defineTextsFlag } from "./flag.ts";
import { parsePairs } from "./words.ts";

export const annotations = defineFeature(
  (is: Kinds) => ({ annotations: is.field(is.texts, "Of the image's manifest") }),
  {
    flags: {
      annotation: defineTextsFlag(
        { summary: "An annotation of the manifest", helpValue: "key=value" },
        (pairs, { annotations }) => ({
          annotations: { ...annotations, ...parsePairs(pairs, "annotation") },
        }),
      ),
    },
    add: ({ annotations }, { plan }) =>
      annotations
        ? { plan: { ...plan, annotations: { ...plan.annotations, ...annotations } } }
        : {},
  },
);
