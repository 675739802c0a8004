/** `nixoci logout HOST` */
import { string as stringArg } from "@oclif/core/args";
import { boolean } from "@oclif/core/flags";
import { NixociError } from "../../../base/errors.ts";
import { verb } from "../../kit/command.ts";
import { sideFlags, sideOptions } from "../../kit/sides.ts";

export default verb({
  summary: "Forget the credentials for a registry",
  examples: ["nixoci logout quay.io", "nixoci logout --all"],
  args: {
    host: stringArg({ ignoreStdin: true, description: "The registry, as host[:port]" }),
  },
  flags: {
    all: boolean<boolean>({ char: "a", summary: "Forget all credentials" }),
    authfile: { ...sideFlags.authfile, summary: "Remove the credentials from this file only" },
  },

  async run({ host }, flags, io) {
    if ((host === undefined) !== Boolean(flags.all)) {
      throw new NixociError("USAGE", "logout needs either HOST or --all", {
        hint: "usage: nixoci logout HOST",
      });
    }
    const { logout } = await import("../../../../transports/registry/mod.ts");
    const removed = await logout(host, sideOptions(flags, io));
    io.print({ removed }, () => removed.map((name) => `Logged out of ${name}`));
  },
});
