/** `nixoci units check UNIT…` */
import { boolean, string } from "@oclif/core/flags";
import { defineWordsArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";

export default defineVerb({
  summary: "Say line by line what becomes of systemd units in an image",
  description:
    "A unit is a file, with its drop-ins beside it, or a name that is looked up below --root. Each " +
    "of its assignments is kept, changed or not had; what is changed or not had is said why. " +
    "Nothing is written. Exits with 1 when a unit cannot be a service of an image.",
  examples: [
    "nixoci units check app.service",
    "nixoci units check --strict --root rootfs app@1.service app@2.service",
  ],
  args: { unit: defineWordsArg("Files of units, or names below --root") },
  flags: {
    root: string({
      summary: "The root of the image's files, to look names up in",
      helpValue: "folder",
    }),
    strict: boolean({ summary: "Exit with 1 when a line is not kept as it is" }),
  },

  async run({ unit: words }, { root, strict }, io) {
    const { checkUnits, describeChecks, hasFailed } = await import("./run.ts");
    const checked = await checkUnits(words, root);
    io.print(checked, () => describeChecks(checked));
    if (checked.some((one) => hasFailed(one, strict === true))) return 1;
  },
});
