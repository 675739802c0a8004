/** `nixoci cache [clear]` */
import { string as stringArg } from "@oclif/core/args";
import { verb } from "../../kit/command.ts";
import { count, formatBytes } from "../../kit/text.ts";

/** What the tables' rows are, for people. */
const KINDS: Readonly<Record<string, (rows: number) => string>> = {
  bases: (rows) => `${count(rows, "base image")} whose store paths are known`,
  blobs: (rows) => `${count(rows, "layer")} whose compressed form is known`,
  layers: (rows) => `${count(rows, "layer")} of store paths whose digest is known`,
  proved: (rows) => `${count(rows, "file")} whose content has been verified`,
};

export default verb({
  summary: "Show what is remembered, and where; or forget it",
  description:
    "The cache saves work and decides nothing: all that is made from it is verified. It bounds " +
    "itself, and may be cleared at any time.",
  examples: ["nixoci cache", "nixoci cache clear"],
  args: {
    action: stringArg({
      ignoreStdin: true,
      options: ["clear"],
      description: "clear, to forget everything; shown only, without it",
    }),
  },

  doing: ({ action }) => `${action ?? "show"} the cache`,
  async run({ action }, _flags, io) {
    const { cacheUse, clearCache } = await import("../../../cache/use.ts");
    const clears = action === "clear";
    const use = clears ? await clearCache() : await cacheUse();
    io.print(use, function* () {
      if (clears) return yield `cleared ${formatBytes(use.size)} in ${use.path}`;
      yield `${use.path}: ${formatBytes(use.size)}`;
      for (const [kind, rows] of Object.entries(use.rows)) {
        yield `  ${KINDS[kind]?.(rows) ?? `${count(rows, "row")} of ${kind}`}`;
      }
    });
  },
});
