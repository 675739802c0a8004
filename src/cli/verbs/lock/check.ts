/** `nixoci lock check [NAME…]` */
import { verb } from "../../kit/command.ts";
import { forOneRegistry, hostsOf, lockFileFlag, movedLine, nameArgs } from "./run.ts";
import { registryFlags, sideOptions } from "../../kit/sides.ts";
import { count } from "../../kit/text.ts";

export default verb({
  summary: "Say which tags have moved on since they were locked",
  description: "Exits with 1 when one has. Writes nothing.",
  examples: ["nixoci lock check", "nixoci lock check --json alpine | jq .moved"],
  args: { name: nameArgs.optional("Locked images; all of them by default") },
  flags: { file: lockFileFlag, ...registryFlags },

  async run({ name: names }, flags, io) {
    const { readLock } = await import("../../../lock/file.ts");
    const { checkLock } = await import("../../../lock/update.ts");
    const { registryWith } = await import("./run.ts");
    const lock = await readLock(flags.file);
    forOneRegistry(flags, hostsOf(lock, names));
    const registry = registryWith(sideOptions(flags, io));
    const { moved, same } = await checkLock(lock, names ?? [], registry);
    io.print({ file: flags.file, moved, same }, () => moved.map(movedLine));
    const all = count(moved.length + same.length, "locked image");
    if (moved.length === 0) return io.notice(`nothing has moved of ${all}`);
    const have = moved.length === 1 ? "has" : "have";
    io.notice(`${moved.length} of ${all} ${have} moved on; run nixoci lock update`);
    return 1;
  },
});
