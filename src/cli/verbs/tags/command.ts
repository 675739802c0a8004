/** `nixoci tags PLACE` */
import { defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";

export default defineVerb({
  summary: "List the tags of a repository, or the names in an archive or layout",
  description: "Images of an archive or layout that have no name are listed by @N or their digest.",
  examples: [
    "nixoci tags alpine",
    "nixoci tags docker://quay.io/skopeo/stable",
    "nixoci tags docker-archive:app.tar",
  ],
  args: {
    place: defineRequiredArg(
      "The repository, as [host/]path; docker:// may stand before it. Or scheme:path of an archive " +
        "or layout",
    ),
  },
  flags: {},
  reaches: "one place",

  async run({ place }, _flags, io) {
    const { findTags } = await import("./run.ts");
    const found = await findTags(place, io);
    io.print(found, () => "unnamed" in found ? [...found.tags, ...found.unnamed] : found.tags);
  },
});
