/** `nixoci tags REPOSITORY` */
import { verb } from "../command.ts";
import { registriesConfFlag, requiredArg } from "../flags.ts";
import { sideFlags, sideOptions } from "../sides.ts";

export default verb({
  summary: "List the tags of a repository",
  examples: ["nixoci tags registry:alpine", "nixoci tags quay.io/skopeo/stable"],
  args: {
    repository: requiredArg("The repository, as [host/]path; registry: may stand before it"),
  },
  flags: {
    creds: sideFlags.creds,
    authfile: sideFlags.authfile,
    "registry-token": sideFlags["registry-token"],
    "no-creds": sideFlags["no-creds"],
    "cert-dir": sideFlags["cert-dir"],
    "tls-verify": sideFlags["tls-verify"],
    "registries-conf": registriesConfFlag,
  },

  async run({ repository }, flags, io) {
    const { listTags } = await import("../../../transports/registry/mod.ts");
    const { repositoryOf } = await import("../opened.ts");
    const location = repositoryOf(repository);
    const tags = await listTags(location, sideOptions(flags, io));
    io.print({ repository: location, tags }, () => tags);
  },
});
