/** The work of `nixoci shell --print-env`. */
import { describeShell } from "../../../shell/describe.ts";
import type { Io } from "../../kit/io.ts";
import { buildInputs, resolveDerivation } from "./derivation.ts";
import type { ShellFlags } from "./flags.ts";
import { readEnvironmentFlags, readWords } from "./words.ts";

/** Prints the environment, as a script for Bash or as JSON. */
export async function printEnvironment(
  drv: string | undefined,
  flags: ShellFlags,
  io: Io,
): Promise<void> {
  const words = readWords(drv, flags, io);
  const file = await resolveDerivation(words);
  await buildInputs(file, words);
  const { script, json } = await describeShell(file, await readEnvironmentFlags(flags));
  if (!flags.json) return io.write(script);
  io.print(json, () => []);
}
