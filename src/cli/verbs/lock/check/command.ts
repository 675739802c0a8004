/** `nixoci lock check [NAME…]` */
import { defineVerb } from "../../../kit/command.ts";
import { formatCount } from "../../../kit/text.ts";
import { LOCK_FILE } from "../../../../lock/model.ts";
import type { MovedImage } from "../../../../lock/update.ts";
import { formatMoved } from "../lines.ts";
import { lockFileFlag, nameArgs } from "../words.ts";

/** Says how to follow: `lock update` updates all that it is asked for, or nothing. */
function suggestUpdate(moved: readonly MovedImage[], file: string): string {
  const stuck = moved.filter(({ problem }) => problem !== undefined).map(({ name }) => name);
  if (stuck.length === 0) return "run nixoci lock update";
  const others = moved.length > stuck.length ? ", then run nixoci lock update for the others" : "";
  const own = file === LOCK_FILE ? "" : ` -f ${file}`;
  return `nixoci lock remove${own} ${stuck.join(" ")} and add what there is now${others}`;
}

export default defineVerb({
  summary: "Say which tags have moved on since they were locked",
  description: "Exits with 1 when one has. Writes nothing.",
  examples: ["nixoci lock check", "nixoci lock check --json alpine | jq .moved"],
  args: { name: nameArgs.optional("Locked images; all of them by default") },
  flags: { file: lockFileFlag },
  reaches: "registries",

  async run({ name: names }, { file }, io) {
    const { checkImages } = await import("./run.ts");
    const { moved, same } = await checkImages(file, names, io);
    io.print({ file, moved, same }, () => moved.map(formatMoved));
    const all = formatCount(moved.length + same.length, "locked image");
    if (moved.length === 0) return io.notice(`nothing has moved of ${all}`);
    const have = moved.length === 1 ? "has" : "have";
    io.notice(`${moved.length} of ${all} ${have} moved on; ${suggestUpdate(moved, file)}`);
    return 1;
  },
});
