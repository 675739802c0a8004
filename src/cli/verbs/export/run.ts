/** The work of `nixoci export`. */
import { NixociError } from "../../../base/errors.ts";
import type { Io } from "../../kit/io.ts";
import { refuseTerminal } from "../../kit/terminal.ts";
import { exportDirectory, type ExportedDirectory } from "./directory.ts";
import type { ExportFlags } from "./flags.ts";
import { type ExportedTarball, exportTarball } from "./tarball.ts";

/**
 * Writes the image's files to where the flags say.
 * @returns what was written.
 */
export async function exportImage(
  source: string,
  flags: ExportFlags,
  io: Io,
): Promise<ExportedTarball | ExportedDirectory> {
  if (flags.dir !== undefined || flags.bundle !== undefined) {
    return await exportDirectory(source, flags, io);
  }
  checkTarballFlags(flags);
  const toStdout = flags.output === "-";
  if (toStdout) refuseTerminal("a tarball", "redirect it to a file, or give -o FILE");
  if (toStdout) io.claimOutput();
  return await exportTarball(source, flags, io);
}

function checkTarballFlags(flags: ExportFlags): void {
  for (const name of ["special", "max-size"] as const) {
    if (flags[name] === undefined) continue;
    throw new NixociError("USAGE", `--${name} is for directories`, {
      hint: name === "special" ? "a tarball keeps all there is" : "give --dir or --bundle",
    });
  }
}
