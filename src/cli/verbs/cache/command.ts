/** `nixoci cache [clear]` */
import { string } from "@oclif/core/args";
import { defineVerb } from "../../kit/command.ts";

export default defineVerb({
  summary: "Show what is remembered, and where; or forget it",
  description:
    "The cache saves work and decides nothing: all that is made from it is verified. It bounds " +
    "itself, and may be cleared at any time.",
  examples: ["nixoci cache", "nixoci cache clear"],
  args: {
    action: string({
      ignoreStdin: true,
      options: ["clear"],
      description: "clear, to forget everything; shown only, without it",
    }),
  },
  flags: {},

  doing: ({ action }) => `${action ?? "show"} the cache`,
  async run({ action }, _flags, io) {
    const { printCache } = await import("./run.ts");
    await printCache(action === "clear", io);
  },
});
