/** `nixoci lock remove NAME…` */
import { defineVerb } from "../../../kit/command.ts";
import { lockFileFlag, nameArgs } from "../words.ts";

export default defineVerb({
  summary: "Take images out of the lockfile",
  examples: ["nixoci lock remove alpine:3.20"],
  args: {
    name: nameArgs.required("A locked image; without a tag, every locked tag of it"),
  },
  flags: { file: lockFileFlag },

  async run({ name: names }, { file }, io) {
    const { removeImages } = await import("./run.ts");
    const removed = await removeImages(file, names, io);
    io.print({ file, removed }, () => removed.map((name) => `Removed ${name}`));
  },
});
