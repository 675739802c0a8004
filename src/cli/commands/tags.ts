/** `nixoci tags REPOSITORY` */
import { verb } from "../command.ts";
import { referenceArg, registriesConfFlag } from "../flags.ts";
import { sideFlags, sideOptions } from "../sides.ts";

export default verb({
  summary: "List the tags of a repository",
  examples: ["nixoci tags registry:alpine", "nixoci tags quay.io/skopeo/stable"],
  args: {
    repository: referenceArg("The repository, as [host/]path; registry: may stand before it"),
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
    const { inRegistry } = await import("../opened.ts");
    const location = inRegistry(repository) ?? repository;
    const tags = await listTags(location, sideOptions(flags, io));
    io.print({ repository: location.replace(/^\/\//, ""), tags }, () => tags);
  },
});
