/** `nixoci lock update [NAME…]` */
import { boolean } from "@oclif/core/flags";
import type { Lock } from "../../../lock/model.ts";
import { verb } from "../../kit/command.ts";
import { fileOptions, forOneRegistry, hostsOf, lockFileFlag, movedLine, nameArgs } from "./run.ts";
import { registryFlags, sideOptions } from "../../kit/sides.ts";
import { count } from "../../kit/text.ts";

export default verb({
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
    ...registryFlags,
  },

  async run({ name: names }, flags, io) {
    const { editLock, readLock } = await import("../../../lock/file.ts");
    const { updateLock } = await import("../../../lock/update.ts");
    const { registryWith } = await import("./run.ts");
    const { file, "dry-run": dryRun = false } = flags;
    const registry = registryWith(sideOptions(flags, io));
    const update = (lock: Lock) => {
      forOneRegistry(flags, hostsOf(lock, names));
      return updateLock(lock, names ?? [], registry);
    };
    const { moved, same } = dryRun
      ? await update(await readLock(file))
      : await editLock(file, update, fileOptions(io));
    io.print({ file, dryRun, moved, same }, () =>
      moved.flatMap((image) => [
        movedLine(image),
        ...Object.entries(image.platforms).map(([platform, { from, to }]) =>
          `  ${platform}  ${from} -> ${to}`
        ),
      ]));
    if (moved.length === 0) io.notice(`nothing has moved of ${count(same.length, "locked image")}`);
  },
});
