/** `nixoci ping HOST` */
import { defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { readSideOptions } from "../../kit/sides.ts";

export default defineVerb({
  summary: "Find out whether a registry answers",
  description: "Needs no credentials, and says how the registry asks for them. Tries again for a " +
    "while where nothing listens: it may be starting.",
  examples: ["nixoci ping localhost:5000"],
  args: { host: defineRequiredArg("The registry, as host[:port]") },
  flags: {},
  reaches: "one place",

  doing: ({ host }) => `reach ${host}`,
  async run({ host }, _flags, io) {
    const { pingRegistry } = await import("../../../../transports/registry/mod.ts");
    const ping = await pingRegistry(host, readSideOptions(io.access, io));
    const asks = ping.auth === "none" ? "asks for no credentials" : `asks for ${ping.auth} auth`;
    io.print(ping, () => [`${ping.host} answers in ${ping.milliseconds} ms, and ${asks}`]);
  },
});
