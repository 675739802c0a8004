/** `nixoci lock list [NAME…]` */
import { verb } from "../../kit/command.ts";
import { listed, lockFileFlag, nameArgs } from "./run.ts";
import { formatBytes } from "../../kit/text.ts";

export default verb({
  summary: "List the locked images",
  examples: ["nixoci lock list", "nixoci lock list --json alpine"],
  args: { name: nameArgs.optional("Locked images; all of them by default") },
  flags: { file: lockFileFlag },

  async run({ name: names }, flags, io) {
    const { readLock } = await import("../../../lock/file.ts");
    const images = listed(await readLock(flags.file), names);
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
