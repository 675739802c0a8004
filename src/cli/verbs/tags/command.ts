/** `nixoci tags REPOSITORY` */
import { verb } from "../../kit/command.ts";
import { requiredArg } from "../../kit/flags.ts";
import { readRepository } from "../../reference/place.ts";
import { registryFlags, sideOptions } from "../../kit/sides.ts";

export default verb({
  summary: "List the tags of a repository",
  examples: ["nixoci tags alpine", "nixoci tags docker://quay.io/skopeo/stable"],
  args: {
    repository: requiredArg("The repository, as [host/]path; docker:// may stand before it"),
  },
  flags: registryFlags,

  async run({ repository }, flags, io) {
    const { listTags } = await import("../../../../transports/registry/mod.ts");
    const location = readRepository(repository);
    const tags = await listTags(location, sideOptions(flags, io));
    io.print({ repository: location, tags }, () => tags);
  },
});
