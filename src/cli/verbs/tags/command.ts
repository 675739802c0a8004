/** `nixoci tags PLACE` */
import { boolean, integer, string } from "@oclif/core/flags";
import { defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { REPEATABLE } from "../../kit/flags.ts";

export default defineVerb({
  summary: "List the tags of a repository, or the names in an archive or layout",
  description:
    "Images of an archive or layout that have no name are listed by @N or their digest. The flags " +
    "choose one after the other: --match, --semver, --newest.",
  examples: [
    "nixoci tags alpine",
    "nixoci tags docker://quay.io/skopeo/stable",
    "nixoci tags docker-archive:app.tar",
    "nixoci tags --semver '>=1.2 <2' --newest 3 oci-dir:images",
  ],
  args: {
    place: defineRequiredArg(
      "The repository, as [host/]path; docker:// may stand before it. Or scheme:path of an archive " +
        "or layout",
    ),
  },
  flags: {
    match: string({
      ...REPEATABLE,
      summary: "Only tags that match this pattern, or one of several: *, ? and [a-z] as in a shell",
      helpValue: "glob",
    }),
    semver: string({
      summary: "Only tags that are versions in this range, newest first: '^1.2', '>=1.2 <2'; a v " +
        "before them does not matter",
      helpValue: "range",
    }),
    newest: integer({
      summary:
        "Only so many of the newest: by version with --semver, else by when images were made",
      helpValue: "n",
      min: 1,
    }),
    created: boolean<boolean>({
      summary: "Say when images were made, newest first; each is asked for its config",
    }),
  },
  reaches: "one place",

  async run({ place }, flags, io) {
    const { findTags } = await import("./run.ts");
    const found = await findTags(place, flags, io);
    const { tags, created } = found;
    const unnamed = "unnamed" in found ? found.unnamed : [];
    io.print(found, () => [
      ...tags.map((tag) => created ? `${created[tag] ?? "unknown".padEnd(20)}  ${tag}` : tag),
      ...unnamed,
    ]);
  },
});
