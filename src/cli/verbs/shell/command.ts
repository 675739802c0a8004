/** `nixoci shell DRV DESTINATION` */
import { NixociError } from "../../../base/errors.ts";
import { defineOptionalArg, defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { shellFlags } from "./flags.ts";

export default defineVerb({
  summary: "Make an image of a derivation's environment, as nix-shell has it",
  description:
    "The image has what the derivation is built from, its variables, and buildDerivation, which " +
    "builds it; as dockerTools' buildNixShellImage, without Nix. Every way into a container finds " +
    "the inputs' programs, and in-nix-shell COMMAND runs a command in the whole environment. Inputs " +
    "have to be in the store. Prints the digest of what is there in the end.",
  examples: [
    "nixoci shell $(nix-instantiate shell.nix) daemon:",
    "nixoci shell $(nix-instantiate -A app) daemon:app-env --run buildDerivation",
    "nixoci shell app.drv registry:localhost:5000/app-env:1 --package /nix/store/…-coreutils-9.5",
    'eval "$(nixoci shell --print-env $(nix-instantiate shell.nix))"',
  ],
  args: {
    drv: defineRequiredArg(
      "A derivation: a .drv file, or what nix derivation show printed",
      "file",
    ),
    destination: defineOptionalArg(
      "Where it goes, as scheme:location; - as a path is standard output",
      "reference",
    ),
  },
  flags: shellFlags,
  reaches: "two places",

  doing: ({ drv }) => `shell ${drv}`,
  async run({ drv, destination }, flags, io) {
    if (flags["print-env"]) {
      const { printEnvironment } = await import("./run.ts");
      return await printEnvironment(drv, flags, io);
    }
    if (destination === undefined) {
      throw new NixociError("USAGE", "Missing arguments: shell needs DESTINATION", {
        hint: "usage: nixoci shell DRV DESTINATION",
      });
    }
    const { buildShellTo } = await import("./run.ts");
    await buildShellTo(drv, destination, flags, io);
  },
});
