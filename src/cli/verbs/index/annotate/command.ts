/** `nixoci index annotate INDEX ANNOTATION…` */
import { boolean } from "@oclif/core/flags";
import { defineReferenceArg, defineWordsArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { parseKeyed } from "../../../kit/keyed.ts";
import { indexFlags } from "../flags.ts";

export default defineVerb({
  summary: "Set the annotations of an index, where it is",
  description:
    "key=value sets one, key- takes it away. nixoci mutate --annotation writes to images. Prints the " +
    "new digest.",
  examples: [
    "nixoci index annotate oci-dir:made:hello org.opencontainers.image.url=https://example.com",
  ],
  args: {
    index: defineReferenceArg("The index, as scheme:location"),
    annotation: defineWordsArg("An annotation, as key=value or key-"),
  },
  flags: {
    entries: boolean<boolean>({
      summary: "Of its entries for images, and not of the index itself",
    }),
    ...indexFlags,
  },
  reaches: "two places",
  takesImages: true,

  doing: ({ index }) => `annotate ${index}`,
  async run({ index, annotation }, { entries, ...flags }, io) {
    const { changeIndex } = await import("../change-index.ts");
    const { annotate } = await import("../../../../steps/annotate.ts");
    const edits = annotation.map((text) => parseKeyed(text, "annotation"));
    const edit = Object.assign({}, ...edits) as Record<string, string | null>;
    const step = annotate(edit, entries ? "index-descriptor" : "index");
    await changeIndex(index, {}, flags, io, () => step);
  },
});
