/** `annotations`: those of the image's manifest. */
import { feature, type Kinds } from "./feature.ts";
import { textsFlag } from "./flag.ts";
import { pairsIn } from "./words.ts";

export const annotations = feature(
  (is: Kinds) => ({ annotations: is.field(is.texts, "Of the image's manifest") }),
  {
    flags: {
      annotation: textsFlag(
        { summary: "An annotation of the manifest", helpValue: "key=value" },
        (pairs, { annotations }) => ({
          annotations: { ...annotations, ...pairsIn(pairs, "annotation") },
        }),
      ),
    },
    add: ({ annotations }) => ({ annotations: annotations ?? undefined }),
  },
);
