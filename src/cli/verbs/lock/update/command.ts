/** `nixoci lock update [NAME…]` */
import { boolean } from "@oclif/core/flags";
import { defineVerb } from "../../../kit/command.ts";
import { formatCount } from "../../../kit/text.ts";
import { formatMoved } from "../lines.ts";
import { lockFileFlag, nameArgs } from "../words.ts";

export default defineVerb({
  summary: "Pin what the tags name now, and say what has moved",
  description: "Each tag is asked once. The locked platforms stay the same ones.",
  examples: [
    "nixoci lock update",
    "nixoci lock update --dry-run alpine",
    "nixoci lock update --json | jq -r '.moved[] | \"\\(.name): \\(.from) -> \\(.to)\"'",
  ],
  args: { name: nameArgs.optional("Locked images; all of them by default") },
  flags: {
    file: lockFileFlag,
    "dry-run": boolean<boolean>({ summary: "Say what would move, and write nothing" }),
  },
  reaches: "registries",
  takesImages: true,

  async run({ name: names }, { file, "dry-run": dryRun = false }, io) {
    const { updateLockedImages } = await import("./run.ts");
    const { moved, same } = await updateLockedImages(file, names, dryRun, io);
    io.print({ file, dryRun, moved, same }, () =>
      moved.flatMap((image) => [
        formatMoved(image),
        ...Object.entries(image.platforms).map(([platform, { from, to }]) =>
          `  ${platform}  ${from} -> ${to}`
        ),
      ]));
    if (moved.length === 0) {
      io.notice(`nothing has moved of ${formatCount(same.length, "locked image")}`);
    }
  },
});
