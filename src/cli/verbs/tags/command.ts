/** `nixoci tags REPOSITORY` */
import { requiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";

export default defineVerb({
  summary: "List the tags of a repository",
  examples: ["nixoci tags alpine", "nixoci tags docker://quay.io/skopeo/stable"],
  args: {
    repository: requiredArg("The repository, as [host/]path; docker:// may stand before it"),
  },
  flags: {},
  reaches: "registries",

  async run({ repository }, _flags, io) {
    const { findTags } = await import("./run.ts");
    const found = await findTags(repository, io);
    io.print(found, () => found.tags);
  },
});
