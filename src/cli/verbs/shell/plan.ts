/** The work of `nixoci shell --plan`. */
import { useResources } from "../../../base/dispose.ts";
import { writeAtomicFile } from "../../../bytes/disk/atomic.ts";
import { createCache } from "../../../cache/cache.ts";
import { writePlan } from "../../../plan/mod.ts";
import { buildShell } from "../../../shell/image/build.ts";
import type { Io } from "../../kit/io.ts";
import { buildInputs, resolveDerivation } from "./derivation.ts";
import type { ShellFlags } from "./flags.ts";
import { readEnvironmentFlags, readWords } from "./words.ts";

/** Writes the plan of the image, which says how its layers are made. */
export async function writeShellPlan(
  drv: string | undefined,
  output: string,
  flags: ShellFlags,
  io: Io,
): Promise<void> {
  const { uid, gid, command, run, "with-nix": nix, quiet } = flags;
  const words = readWords(drv, flags, io);
  const file = await resolveDerivation(words);
  await buildInputs(file, words);
  const options = {
    ...await readEnvironmentFlags(flags),
    ...{ uid, gid, command, run, nix },
    known: createCache().layers,
    signal: io.signal,
    onNotice: quiet ? undefined : io.notice,
  };
  await useResources(async (hold) => {
    const { plan } = hold(await buildShell(file, options));
    await writeAtomicFile(output, writePlan(plan), { follow: true });
  });
}
