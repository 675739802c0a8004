/** `nixoci logout HOST` */
import { string as stringArg } from "@oclif/core/args";
import { boolean } from "@oclif/core/flags";
import { NixociError } from "../../errors.ts";
import { Command } from "../command.ts";
import { sideFlags, sideOptions } from "../sides.ts";

export default class Logout extends Command {
  static override summary = "Forget the credentials for a registry";
  static override examples = ["nixoci logout quay.io", "nixoci logout --all"];
  static override args = {
    host: stringArg({ ignoreStdin: true, description: "The registry, as host[:port]" }),
  };
  static override flags = {
    all: boolean({ char: "a", summary: "Forget all credentials" }),
    authfile: sideFlags.authfile,
  };

  async run(): Promise<void> {
    const { args: { host }, flags } = await this.parse(Logout);
    if ((host === undefined) !== Boolean(flags.all)) {
      throw new NixociError("USAGE", "logout needs either HOST or --all", {
        hint: "usage: nixoci logout HOST",
      });
    }
    const { logout } = await import("../../../transports/registry/mod.ts");
    const removed = await logout(host, sideOptions(flags, this.sideContext(flags)));
    this.print(flags.json, { removed }, () => removed.map((name) => `Logged out of ${name}`));
  }
}
