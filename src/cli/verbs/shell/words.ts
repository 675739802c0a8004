/** Reads the words and flags that say which environment is meant. */
import { addFlags } from "../../../compose/spec/flags.ts";
import { checkSpec } from "../../../compose/spec/read.ts";
import type { EnvironmentOptions } from "../../../shell/image/image-options.ts";
import type { Io } from "../../kit/io.ts";
import type { DerivationWords } from "./derivation.ts";
import type { ShellFlags } from "./flags.ts";

/** Returns what of the flags says which derivation is meant. */
export function readWords(drv: string | undefined, flags: ShellFlags, io: Io): DerivationWords {
  const { attr, store, quiet = false, "gc-roots": gcRoots, package: packages = [] } = flags;
  return { drv, attr, store, gcRoots, packages, quiet, signal: io.signal };
}

/** Reads which environment the flags mean. */
export async function readEnvironmentFlags(flags: ShellFlags): Promise<EnvironmentOptions> {
  const { compressor, package: packages, shell, home } = flags;
  // --run is another thing in a SPEC.
  const { run: _ofShell, ...ofSpec } = flags;
  const spec = await checkSpec(addFlags(compressor ? { compressor } : {}, ofSpec), "the flags");
  return { spec, packages, shell, home };
}
