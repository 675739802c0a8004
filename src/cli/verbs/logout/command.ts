/** `nixoci logout HOST` */
import { boolean, file } from "@oclif/core/flags";
import { NixociError } from "../../../base/errors.ts";
import { defineOptionalArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";

export default defineVerb({
  summary: "Forget the credentials for a registry",
  examples: ["nixoci logout quay.io", "nixoci logout --all"],
  args: { host: defineOptionalArg("The registry, as host[:port]") },
  flags: {
    all: boolean<boolean>({ char: "a", summary: "Forget all credentials" }),
    authfile: file({
      summary: "Remove the credentials from this file only",
      helpValue: "file",
      helpGroup: "ACCESS",
    }),
  },

  async run({ host }, { all, authfile }, io) {
    if ((host === undefined) !== Boolean(all)) {
      throw new NixociError("USAGE", "logout needs either HOST or --all", {
        hint: "usage: nixoci logout HOST",
      });
    }
    const { logOutOf } = await import("./run.ts");
    const removed = await logOutOf(host, authfile, io);
    io.print({ removed }, () => removed.map((name) => `Logged out of ${name}`));
  },
});
