/** `nixoci catalog HOST` */
import { defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { readSideOptions } from "../../kit/sides.ts";

export default defineVerb({
  summary: "List the repositories of a registry",
  description: "Registries of one's own tell them; public ones do not.",
  examples: ["nixoci catalog localhost:5000"],
  args: { host: defineRequiredArg("The registry, as host[:port]") },
  flags: {},
  reaches: "one place",

  doing: ({ host }) => `list what is in ${host}`,
  async run({ host }, _flags, io) {
    const { listRepositories } = await import("../../../../transports/registry/mod.ts");
    const repositories = await listRepositories(host, readSideOptions(io.access, io));
    io.print({ host, repositories }, () => repositories);
  },
});
