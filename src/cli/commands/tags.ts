/** `nixoci tags REPOSITORY` */
import { Command } from "../command.ts";
import { referenceArg, registriesConfFlag } from "../flags.ts";
import { sideFlags, sideOptions } from "../sides.ts";

export default class Tags extends Command {
  static override summary = "List the tags of a repository";
  static override examples = ["nixoci tags registry:alpine", "nixoci tags quay.io/skopeo/stable"];
  static override args = {
    repository: referenceArg("The repository, as [host/]path; registry: may stand before it"),
  };
  static override flags = {
    creds: sideFlags.creds,
    authfile: sideFlags.authfile,
    "registry-token": sideFlags["registry-token"],
    "no-creds": sideFlags["no-creds"],
    "cert-dir": sideFlags["cert-dir"],
    "tls-verify": sideFlags["tls-verify"],
    "registries-conf": registriesConfFlag,
  };

  async run(): Promise<void> {
    const { args: { repository }, flags } = await this.parse(Tags);
    const { listTags } = await import("../../../transports/registry/mod.ts");
    const { inRegistry } = await import("../opened.ts");
    const location = inRegistry(repository) ?? repository;
    const tags = await listTags(location, sideOptions(flags, this.sideContext(flags)));
    this.print(flags.json, { repository: location.replace(/^\/\//, ""), tags }, () => tags);
  }
}
