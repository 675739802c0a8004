/** The work of `nixoci shell`. */
import { createCache } from "../../../cache/cache.ts";
import { sourceOf } from "../../../compose/source.ts";
import type { CopyResult } from "../../../copy/copy.ts";
import { buildShell } from "../../../shell/image/build.ts";
import type { ShellImageOptions } from "../../../shell/image/image-options.ts";
import type { OpenSource } from "../../delivery/copy.ts";
import { deliver } from "../../delivery/mod.ts";
import type { Io } from "../../kit/io.ts";
import { buildInputs, type DerivationWords, resolveDerivation } from "./derivation.ts";
import type { ShellFlags } from "./flags.ts";
import { readEnvironmentFlags, readWords } from "./words.ts";

/** Options of images that flags do not say. */
type OtherOptions = Pick<ShellImageOptions, "labels" | "isForEditors" | "uid" | "gid">;

/** Builds the image where it goes. */
export async function buildShellTo(
  drv: string | undefined,
  destination: string,
  flags: ShellFlags,
  io: Io,
): Promise<void> {
  const words = readWords(drv, flags, io);
  await deliverShell(await resolveDerivation(words), words, destination, flags, io);
}

/** Builds the image of a derivation, with what it needs where Nix knows how, and delivers it. */
export async function deliverShell(
  file: string,
  words: DerivationWords,
  destination: string,
  flags: ShellFlags,
  io: Io,
  others: OtherOptions = {},
): Promise<CopyResult> {
  await buildInputs(file, words);
  const { uid, gid, command, run, "with-nix": nix, "dry-run": tellsSizes } = flags;
  const own = { uid, gid, command, run, nix, tellsSizes, ...others };
  const asked = { ...await readEnvironmentFlags(flags), ...own };
  const open: OpenSource = async ({ signal, onNotice }, into) => {
    const { layers: known } = createCache();
    return sourceOf(await buildShell(file, { ...asked, known, into, signal, onNotice }));
  };
  return await deliver(open, destination, { ...flags, all: true }, io);
}
