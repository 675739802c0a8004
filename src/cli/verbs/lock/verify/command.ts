/** `nixoci lock verify DESTINATION [NAME…]` */
import { NixociError } from "../../../../base/errors.ts";
import { defineRequiredArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { formatCount } from "../../../kit/text.ts";
import { lockFileFlag, nameArgs } from "../words.ts";

export default defineVerb({
  summary: "Prove that a layout has all that the lock names",
  description:
    "Reads and hashes every blob, and looks at the names. Asks no registry. Exits with 1 when " +
    "something is missing, corrupt, or another thing than what is locked.",
  examples: ["nixoci lock verify oci-dir:images"],
  args: {
    destination: defineRequiredArg("The layout's folder, as oci-dir:PATH", "reference"),
    name: nameArgs.optional("Locked images; all of them by default"),
  },
  flags: { file: lockFileFlag },

  doing: ({ destination }) => `verify ${destination}`,
  async run({ destination, name: names }, { file }, io) {
    const { findProblems } = await import("./run.ts");
    const problems = await findProblems(destination, names ?? [], file);
    io.print(
      { ok: problems.length === 0, problems },
      () =>
        problems.map(({ problem, kind, digest, images }) =>
          `${problem.padEnd(7)}  ${kind.padEnd(8)}  ${digest}  ${images.join(" ")}`
        ),
    );
    if (problems.length === 0) return io.notice("all that the lock names is there");
    const message = `${destination} is not what the lock says: ${
      formatCount(problems.length, "problem")
    }`;
    throw new NixociError("INCOMPLETE", message, { hint: "run nixoci lock fetch" });
  },
});
