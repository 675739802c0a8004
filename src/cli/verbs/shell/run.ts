/** The work of `nixoci shell`. */
import type { TransportOptions } from "../../../../transports/mod.ts";
import { createCache } from "../../../cache/cache.ts";
import { addFlags } from "../../../compose/spec/flags.ts";
import { checkSpec } from "../../../compose/spec/read.ts";
import { sourceOf } from "../../../compose/source.ts";
import { buildShell } from "../../../shell/build.ts";
import { describeShell } from "../../../shell/describe.ts";
import type { EnvironmentOptions } from "../../../shell/image-options.ts";
import { deliver } from "../../delivery/mod.ts";
import type { Io } from "../../kit/io.ts";
import type { ShellFlags } from "./flags.ts";

/** Builds the image where it goes. */
export async function buildShellTo(
  drv: string,
  destination: string,
  flags: ShellFlags,
  io: Io,
): Promise<void> {
  const { uid, gid, command, run, "with-nix": nix } = flags;
  const asked = { ...await readEnvironmentFlags(flags), uid, gid, command, run, nix };
  const open = async ({ signal, onNotice }: TransportOptions) =>
    sourceOf(await buildShell(drv, { ...asked, known: createCache().layers, signal, onNotice }));
  await deliver(open, destination, { ...flags, all: true }, io);
}

/** Prints the environment, as a script for Bash or as JSON. */
export async function printEnvironment(drv: string, flags: ShellFlags, io: Io): Promise<void> {
  const { script, json } = await describeShell(drv, await readEnvironmentFlags(flags));
  if (!flags.json) return io.write(script);
  io.print(json, () => []);
}

async function readEnvironmentFlags(flags: ShellFlags): Promise<EnvironmentOptions> {
  const { compressor, package: packages, shell, home } = flags;
  // --run is another thing in a SPEC.
  const { run: _ofShell, ...ofSpec } = flags;
  const spec = await checkSpec(addFlags(compressor ? { compressor } : {}, ofSpec), "the flags");
  return { spec, packages, shell, home };
}
