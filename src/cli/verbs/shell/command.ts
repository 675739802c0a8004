/** `nixoci shell [DRV] [DESTINATION] [-- COMMAND]` */
import { existsSync } from "node:fs";
import { hasScheme } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import { defineOptionalArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { type ShellFlags, shellFlags } from "./flags.ts";

export default defineVerb({
  summary: "Make an image of a derivation's environment, as nix-shell has it",
  description:
    "The image has what the derivation is built from, its variables, and buildDerivation, which " +
    "builds it; as dockerTools' buildNixShellImage, without Nix. Every way into a container finds " +
    "the inputs' programs, and in-nix-shell COMMAND runs a command in the whole environment. Inputs " +
    "have to be in the store; of a file of expressions, Nix builds them. Prints the digest of what " +
    "is there in the end. With -- and no DESTINATION, COMMAND runs in a container of the image, " +
    "with the working folder mounted; without COMMAND an interactive shell.",
  examples: [
    "nixoci shell $(nix-instantiate shell.nix) daemon:",
    "nixoci shell $(nix-instantiate -A app) daemon:app-env --run buildDerivation",
    "nixoci shell app.drv registry:localhost:5000/app-env:1 --package /nix/store/…-coreutils-9.5",
    "nixoci shell daemon:app-env --devcontainer .",
    "nixoci shell -- make check",
    'eval "$(nixoci shell --print-env $(nix-instantiate shell.nix))"',
  ],
  args: {
    drv: defineOptionalArg(
      "A derivation: a .drv file, what nix derivation show printed, a file of expressions " +
        "(shell.nix), a part of a flake (.#app), or a folder that has one of these; by default this one",
      "file",
    ),
    destination: defineOptionalArg(
      "Where it goes, as scheme:location; - as a path is standard output",
      "reference",
    ),
  },
  flags: shellFlags,
  takesCommand: true,
  reaches: "two places",
  takesImages: true,

  doing: (args) => `make the shell of ${readShellWords(args).drv ?? "this folder"}`,
  async run(args, flags, io, given, command) {
    const { drv, destination } = readShellWords(args);
    checkWords(destination, flags, command);
    if (flags.direnv !== undefined) {
      const { makeEnvrc } = await import("./direnv.ts");
      await makeEnvrc(drv, flags.direnv, given);
      if (destination === undefined) return;
    }
    if (flags["print-env"]) {
      const { printEnvironment } = await import("./print-environment.ts");
      return await printEnvironment(drv, flags, io);
    }
    if (flags.plan !== undefined) {
      const { writeShellPlan } = await import("./plan.ts");
      return await writeShellPlan(drv, flags.plan, flags, io);
    }
    if (command !== undefined) {
      const { runInContainer } = await import("./container.ts");
      return await runInContainer({ drv, command, given }, flags, io);
    }
    if (flags.devcontainer !== undefined) {
      const { makeDevcontainer } = await import("./devcontainer.ts");
      const words = { drv, destination: destination!, folder: flags.devcontainer, given };
      return await makeDevcontainer(words, flags, io);
    }
    const { buildShellTo } = await import("./run.ts");
    await buildShellTo(drv, destination!, flags, io);
  },
});

/** The words of the verb. */
export interface ShellWords {
  readonly drv?: string | undefined;
  readonly destination?: string | undefined;
}

/** Reads the words: a place that stands alone is where the shell of this folder goes. */
export function readShellWords({ drv, destination }: ShellWords): ShellWords {
  const isPlace = destination === undefined && drv !== undefined && hasScheme(drv);
  return isPlace && !existsSync(drv) ? { destination: drv } : { drv, destination };
}

/** Refuses words that do not go together. */
function checkWords(
  destination: string | undefined,
  flags: ShellFlags,
  command: readonly string[] | undefined,
): void {
  const [makesNone, another] = [
    ...flags["print-env"] ? ["--print-env"] : [],
    ...flags.plan === undefined ? [] : ["--plan"],
    ...command === undefined ? [] : ["a command behind --"],
  ];
  if (another) throw togetherError(`${makesNone} does not go together with ${another}`);
  if (makesNone && destination !== undefined) {
    throw togetherError(`${makesNone} makes no image, and has no DESTINATION`);
  }
  for (const other of ["devcontainer", "direnv"] as const) {
    if (makesNone && flags[other] !== undefined) {
      throw togetherError(`${makesNone} does not go together with --${other}`);
    }
  }
  if (flags.engine !== undefined && command === undefined) {
    throw new NixociError("USAGE", "--engine is for a command behind --", {
      hint: "name an engine as DESTINATION: daemon:app-env, podman:app-env",
    });
  }
  if (command !== undefined) checkCommand(flags, command);
  if (flags["dry-run"]) checkDryRun(flags, command);
  const needsNone = makesNone || flags.direnv !== undefined && flags.devcontainer === undefined;
  if (destination === undefined && !needsNone) {
    throw new NixociError("USAGE", "Missing arguments: shell needs DESTINATION", {
      hint: "usage: nixoci shell [DRV] DESTINATION, or nixoci shell [DRV] -- COMMAND",
    });
  }
}

/** Refuses flags that a command leaves without a meaning. */
function checkCommand(flags: ShellFlags, command: readonly string[]): void {
  // The image's tag is the key by which it is found again.
  if (flags.tag !== undefined) {
    throw togetherError("--tag does not go together with a command behind --");
  }
  const script = (["command", "run"] as const).find((name) => flags[name] !== undefined);
  if (script && command.length > 0) {
    throw togetherError(`--${script} says what runs, and so does the command behind --`);
  }
}

/** Refuses to write and run nothing together with what does nothing else. */
function checkDryRun(flags: ShellFlags, command: readonly string[] | undefined): void {
  if (command !== undefined) {
    throw togetherError("--dry-run runs nothing, and there is a command behind --");
  }
  const writes = (["devcontainer", "direnv", "plan"] as const)
    .find((name) => flags[name] !== undefined);
  if (writes) throw togetherError(`--dry-run writes nothing, and --${writes} writes a file`);
}

function togetherError(message: string): NixociError {
  return new NixociError("USAGE", message, { hint: "leave one of them out" });
}
