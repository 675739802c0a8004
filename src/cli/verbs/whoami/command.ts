/** `nixoci whoami HOST` */
import { defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { readSideOptions } from "../../kit/sides.ts";

export default defineVerb({
  summary: "Print the user that a registry knows us as",
  description:
    "Finds the credentials as every other command does, and proves them at the registry.",
  examples: ["nixoci whoami quay.io"],
  args: { host: defineRequiredArg("The registry, as host[:port]") },
  flags: {},
  reaches: "one place",

  doing: ({ host }) => `ask ${host} who we are`,
  async run({ host }, _flags, io) {
    const { checkLogin } = await import("../../../../transports/registry/mod.ts");
    const user = await checkLogin(host, readSideOptions(io.access, io));
    io.print(user, () => [user.username ?? "a token, which says no name"]);
  },
});
