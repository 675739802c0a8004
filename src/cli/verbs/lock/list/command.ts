/** `nixoci lock list [NAME…]` */
import { defineVerb } from "../../../kit/command.ts";
import { formatBytes } from "../../../kit/text.ts";
import { lockFileFlag, nameArgs } from "../words.ts";

export default defineVerb({
  summary: "List the locked images",
  examples: ["nixoci lock list", "nixoci lock list --json alpine"],
  args: { name: nameArgs.optional("Locked images; all of them by default") },
  flags: { file: lockFileFlag },

  async run({ name: names }, { file }, io) {
    const { listLockedImages } = await import("./run.ts");
    const images = await listLockedImages(file, names);
    const width = Math.max(0, ...images.map(({ name }) => name.length));
    io.print(images, () =>
      images.map(({ name, digest, platforms }) => {
        const each = Object.entries(platforms).map(([platform, { size }]) =>
          `${platform} (${formatBytes(size)})`
        );
        return `${name.padEnd(width)}  ${digest}  ${each.join(", ")}`;
      }));
  },
});
