/** `nixoci lock remove NAME…` */
import { verb } from "../../kit/command.ts";
import { fileOptions, lockFileFlag, nameArgs } from "./run.ts";

export default verb({
  summary: "Take images out of the lockfile",
  examples: ["nixoci lock remove alpine:3.20"],
  args: {
    name: nameArgs.required("A locked image; without a tag, every locked tag of it"),
  },
  flags: { file: lockFileFlag },

  async run({ name: names }, flags, io) {
    const { editLock } = await import("../../../lock/file.ts");
    const { removeFromLock } = await import("../../../lock/add.ts");
    const { removed } = await editLock(
      flags.file,
      (lock) => removeFromLock(lock, names),
      fileOptions(io),
    );
    io.print({ file: flags.file, removed }, () => removed.map((name) => `Removed ${name}`));
  },
});
